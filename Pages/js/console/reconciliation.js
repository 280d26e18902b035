// One comparison: line by line what they say, what the ledger says, and why the two differ.
import { badge, h } from "../dom.js";
import { timeElement } from "../time.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { zoneOf } from "./places.js";
import { backLink, balanceLink, choices, partHead, placeLink, signed, stat } from "./ui.js";
import { pagedTable } from "./list.js";
import { to } from "./router.js";

const word = words("reconciliation-detail");
const LINE_TONES = {
  waiting: "info",
  matched: "ok",
  withinTolerance: "ok",
  explained: "info",
  variance: "bad",
  corrected: "warn",
  unknown: "warn",
};

export default async function reconciliation({ params, query, live, signal }) {
  const { id } = params;
  let status = query.get("status") ?? "notMatched";
  const figures = h("div", { class: "figures" });
  const head = h("div", { class: "stack" });
  const list = pagedTable({
    caption: word("lines"),
    key: (row) => `${row.sku ?? row.code} ${row.location}`,
    signal,
    page: 100,
    columns: [
      {
        label: word("item"),
        cell: (row) =>
          row.sku
            ? balanceLink(row.sku, row.location)
            : [h("code", {}, row.code ?? "–"), row.codeSystem ? ` (${row.codeSystem})` : null],
      },
      { label: word("location"), cell: (row) => placeLink(row.location) },
      { label: word("theirs"), number: true, cell: (row) => number(row.theirs) },
      { label: word("ours"), number: true, cell: (row) => number(row.ours) },
      {
        label: word("difference"),
        number: true,
        cell: (row) => (row.difference ? h("strong", {}, signed(row.difference)) : number(row.difference)),
      },
      { label: word("state"), cell: (row) => badge(named("reconciliationLine", row.status), LINE_TONES[row.status]) },
      {
        label: word("because"),
        class: "wide",
        cell: (row) => [
          row.because ? named("because", row.because) : null,
          row.figureAt ? [" ", word("figureAt"), " ", timeElement(row.figureAt, zoneOf(row.location))] : null,
          row.problem ? h("div", { class: "soft small-text" }, row.problem) : null,
        ],
      },
    ],
    load: async ({ limit, cursor }) => {
      const answer = await api.get(path`/v1/reconciliations/${id}`, {
        query: { status: status || null, limit, cursor, includeTotal: true },
        signal,
      });
      show(answer);
      return { rows: answer.lines, nextCursor: answer.nextCursor, total: answer.total };
    },
    empty: {
      get text() {
        return word(status === "notMatched" ? "emptyNotMatched" : "empty");
      },
    },
  });

  function show({ source, eventId, asOf, summary, warnings, state }) {
    head.replaceChildren(
      backLink(to("reconciliations"), word("back")),
      partHead(word("title", { source }), [word("asOf"), " ", timeElement(asOf), ` · ${eventId}`]),
      h(
        "div",
        { class: "row" },
        badge(named("reconciliation", state), state === "done" ? "ok" : "info"),
        warnings.map((one) => badge(one, "warn")),
      ),
    );
    figures.replaceChildren(
      stat(word("compared"), number(summary.lines)),
      stat(word("agree"), number(summary.matched + summary.withinTolerance), { tone: "ok" }),
      stat(word("explained"), number(summary.explained)),
      stat(word("variance"), number(summary.variance), {
        tone: summary.variance ? "bad" : "ok",
        note: summary.absoluteVariance ? word("unitsOff", { n: summary.absoluteVariance }) : null,
      }),
      stat(word("unitsTheirs"), number(summary.unitsTheirs), { note: word("unitsOurs", { n: summary.unitsOurs }) }),
    );
  }

  await list.reload();
  live.on(["exception."], list.reload, { signal, wait: 2_000 });
  const views = ["notMatched", "variance", "explained", "corrected", "waiting", "unknown", ""];
  return h(
    "div",
    { class: "stack" },
    head,
    figures,
    choices(
      "status",
      word("filter"),
      views.map((one) => [one, one ? named("reconciliationLine", one) : word("all")]),
      status,
      (next) => ((status = next), list.restart()),
    ),
    list.node,
  );
}
