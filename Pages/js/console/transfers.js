// Goods between stores and from suppliers: on the way, late, not sent yet, and done.
import { badge, h } from "../dom.js";
import { ageElement, timeElement } from "../time.js";
import { number } from "../texts.js";
import { named, words } from "./words.js";
import { zoneOf } from "./places.js";
import { choices, field, partHead, placeLink } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";
import { setQuery, to } from "./router.js";

const word = words("transfers");
export const TONES = { draft: "quiet", shipped: "info", received: "ok", closed: "quiet", cancelled: "quiet" };
const VIEWS = {
  way: { state: "shipped" },
  late: { overdue: true },
  draft: { state: "draft" },
  received: { state: "received" },
  all: {},
};

export default async function transfers({ who, query, live, signal }) {
  let view = VIEWS[query.get("view")] ? query.get("view") : "way";
  const places = { from: query.get("from") ?? "", to: query.get("to") ?? who.locations?.[0] ?? "" };
  const list = pagedTable({
    caption: word("title"),
    signal,
    sameness: ({ asOf, ...row }) => JSON.stringify(row),
    columns: [
      {
        label: word("transfer"),
        cell: (row) => h("a", { class: "strong", href: to("transfers", row.id) }, row.reference ?? row.id),
      },
      { label: word("from"), cell: (row) => (row.from ? placeLink(row.from) : word("supplier")) },
      { label: word("to"), cell: (row) => placeLink(row.to) },
      { label: word("units"), number: true, cell: (row) => unitsText(row) },
      { label: word("expected"), cell: (row) => expected(row) },
      {
        label: word("state"),
        cell: (row) =>
          h(
            "div",
            { class: "row" },
            badge(named("transfer", row.state), TONES[row.state]),
            row.isOverdue ? badge(word("late"), "bad") : null,
          ),
      },
    ],
    load: rowsOf("/v1/transfers", "transfers", { query: () => ({ ...VIEWS[view], ...places }), signal }),
    empty: {
      get text() {
        return word(`empty.${view}`);
      },
    },
  });
  const place = (name) =>
    field({
      name,
      label: word(name),
      kind: "place",
      value: places[name],
      placeholder: word("anyStore"),
      on: { change: (event) => ((places[name] = event.target.value.trim()), setQuery(places), list.restart()) },
    });
  await list.reload();
  live.on(["transfer."], list.reload, { signal });
  return h(
    "div",
    { class: "stack" },
    partHead(word("title"), word("lead")),
    choices(
      "view",
      word("view"),
      Object.keys(VIEWS).map((one) => [one, word(`view.${one}`)]),
      view,
      (next) => ((view = next), list.restart()),
    ),
    h("div", { class: "toolbar" }, place("from"), place("to")),
    list.node,
  );
}

/** "12 of 20 here" once something came. */
function unitsText(row) {
  const sum = (name) => row.lines.reduce((total, line) => total + line[name], 0);
  return row.state === "draft" ? number(sum("quantity")) : word("received", { received: sum("received"), shipped: sum("shipped") });
}

export const expected = (row) =>
  row.expectedAt
    ? [
        timeElement(row.expectedAt, zoneOf(row.to)),
        h(
          "div",
          { class: "soft small-text" },
          row.receivedAt ? null : ageElement(row.expectedAt, zoneOf(row.to)),
          row.firstExpectedAt !== row.expectedAt ? ` · ${word("moved")}` : null,
        ),
      ]
    : "–";
