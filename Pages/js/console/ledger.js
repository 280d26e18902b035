// The ledger of one balance, newest first: every line, who said so, and what the balance was after it.
import { badge, emptyState, h, keyed, put } from "../dom.js";
import { timeElement } from "../time.js";
import { number } from "../texts.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { download, field, signed } from "./ui.js";
import { to } from "./router.js";

const word = words("ledger");
const SHOWN = 25;

/** `update(lines, isComplete)` shows lines in the order they were recorded, the last one first. */
export function ledger({ sku, location, zone }) {
  let lines = [];
  let complete = true;
  let type = "";
  let shown = SHOWN;
  const body = h("tbody", {});
  const note = h("p", { class: "soft small-text" });
  const more = button(word("more"), () => ((shown += SHOWN), show()));
  const table = h(
    "div",
    { class: "table-wrap", tabindex: "0", role: "region", "aria-label": word("caption") },
    h(
      "table",
      { class: "table cards" },
      h("caption", { class: "visually-hidden" }, word("caption")),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["happened", "what", "units", "promised", "after", "source", "reference"].map((name) =>
            h("th", { scope: "col", class: ["units", "promised", "after"].includes(name) ? "number" : null }, word(name)),
          ),
        ),
      ),
      body,
    ),
  );
  const empty = h("div", {});
  const select = h("div", {});

  function show() {
    const rows = lines.filter((line) => !type || line.type === type);
    keyed(body, rows.slice(0, shown), { key: (line) => line.sequence, make: (line) => lineRow(line, zone) });
    more.hidden = rows.length <= shown;
    table.hidden = rows.length === 0;
    put(empty, rows.length ? null : emptyState(word("empty")));
    put(note, word("count", { n: rows.length }), complete ? null : ` ${word("incomplete")}`);
  }

  const csv = button(
    word("csv"),
    () => download("/v1/movements", `ledger-${sku}-${location}.csv`, { query: { sku, location, limit: 1000 }, accept: "text/csv" }),
    "small",
  );
  return {
    node: h("div", { class: "stack" }, h("div", { class: "toolbar" }, select, csv), note, empty, table, h("div", {}, more)),
    update(next, isComplete) {
      lines = [...next].reverse();
      complete = isComplete;
      const types = [...new Set(lines.map((line) => line.type))].sort();
      if (!select.contains(document.activeElement)) {
        put(
          select,
          field({
            name: "line-type",
            label: word("type"),
            kind: "select",
            value: type,
            options: [["", word("any")], ...types.map((one) => [one, named("line", one)])],
            on: { change: (event) => ((type = event.target.value), (shown = SHOWN), show()) },
          }),
        );
      }
      show();
    },
  };
}

function lineRow(line, zone) {
  const isLate = Date.parse(line.recordedAt) - Date.parse(line.occurredAt) > 3_600_000;
  const cell = (label, className, ...content) => h("td", { class: className, data: { label: word(label) } }, content);
  return h(
    "tr",
    {},
    cell(
      "happened",
      "nowrap",
      timeElement(line.occurredAt, zone),
      isLate ? h("div", { class: "soft small-text" }, word("recorded"), " ", timeElement(line.recordedAt, zone)) : null,
    ),
    cell(
      "what",
      null,
      named("line", line.type),
      line.bucket && line.bucket !== "onHand" ? [" ", badge(named("bucket", line.bucket))] : null,
      line.reason ? h("div", { class: "soft small-text" }, line.reason) : null,
    ),
    cell(
      "units",
      "number",
      line.units ? h("span", { class: line.units < 0 ? "less-text" : "more-text" }, signed(line.units)) : "–",
    ),
    cell("promised", "number", line.reservedDelta ? signed(line.reservedDelta) : "–"),
    cell(
      "after",
      "number",
      h("strong", { class: line.balanceAfter.onHand < 0 ? "bad-text" : null }, number(line.balanceAfter.onHand)),
      h("div", { class: "soft small-text" }, word("promisedAfter", { n: line.balanceAfter.reserved })),
    ),
    cell("source", null, line.source, line.actor ? h("div", { class: "soft small-text" }, line.actor) : null),
    cell(
      "reference",
      "wrap",
      line.reservation
        ? h("a", { href: to("promises", line.reservation) }, line.reference ?? word("promise"))
        : line.transfer
          ? h("a", { href: to("transfers", line.transfer) }, line.reference ?? word("transfer"))
          : (line.reference ?? "–"),
      h("div", { class: "soft small-text event-id" }, line.eventId),
    ),
  );
}
