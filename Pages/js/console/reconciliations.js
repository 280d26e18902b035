// Other systems' figures beside the ledger's.
import { badge, h } from "../dom.js";
import { ageElement, timeElement } from "../time.js";
import { number } from "../texts.js";
import { named, words } from "./words.js";
import { field, partHead, sendLink } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";
import { setQuery, to } from "./router.js";

const word = words("reconciliations");

export default async function reconciliations({ query, live, signal }) {
  const filter = { source: query.get("source") ?? "", location: query.get("location") ?? "" };
  const list = pagedTable({
    caption: word("title"),
    signal,
    columns: [
      {
        label: word("asOf"),
        cell: (row) => [
          h("a", { class: "strong", href: to("reconciliations", row.id) }, timeElement(row.asOf)),
          h("div", { class: "soft small-text" }, ageElement(row.asOf)),
        ],
      },
      { label: word("source"), cell: (row) => [row.source, h("div", { class: "soft small-text" }, row.eventId)] },
      { label: word("lines"), number: true, cell: (row) => number(row.summary.lines) },
      { label: word("agree"), number: true, cell: (row) => number(row.summary.matched + row.summary.withinTolerance) },
      { label: word("explained"), number: true, cell: (row) => number(row.summary.explained) },
      {
        label: word("variance"),
        number: true,
        cell: (row) => (row.summary.variance ? h("span", { class: "bad-text" }, number(row.summary.variance)) : "0"),
      },
      { label: word("corrected"), number: true, cell: (row) => number(row.summary.corrected) },
      { label: word("state"), cell: (row) => badge(named("reconciliation", row.state), row.state === "done" ? "ok" : "info") },
    ],
    load: rowsOf("/v1/reconciliations", "reconciliations", { query: filter, signal }),
    empty: {
      text: word("empty"),
      more: h(
        "p",
        { class: "row centred" },
        sendLink("bookFigures", word("toImports")),
        h("a", { href: "/docs#/Reconciliation/reconcile" }, word("toDocs")),
      ),
    },
  });
  const choose = (change) => (Object.assign(filter, change), setQuery(filter), list.restart());
  await list.reload();
  live.on(["exception."], list.reload, { signal, wait: 2_000 });
  return h(
    "div",
    { class: "stack" },
    partHead(word("title"), word("lead"), h("a", { class: "button", href: to("shadow") }, word("shadow"))),
    h(
      "div",
      { class: "toolbar" },
      field({
        name: "source",
        label: word("source"),
        value: filter.source,
        placeholder: word("any"),
        maxlength: 64,
        on: { change: (event) => choose({ source: event.target.value.trim() }) },
      }),
      field({
        name: "location",
        label: word("location"),
        kind: "place",
        value: filter.location,
        placeholder: word("any"),
        on: { change: (event) => choose({ location: event.target.value.trim() }) },
      }),
    ),
    list.node,
  );
}
