// What is held back, from when on something is low, and what is not sold where. Nothing is saved before its effect was seen.
import { announce, badge, h } from "../dom.js";
import { timeElement } from "../time.js";
import { api, newId, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { choices, field, itemLink, partHead, placeLink, rowButtons, sure } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";
import { setQuery } from "./router.js";
import { ruleDialog } from "./rule.js";

const word = words("rules");
/** What each kind is called in the contract: its path, its list, and its name in previews. */
export const KINDS = {
  safetyStock: { path: "/v1/safety-stock-rules", list: "safetyStockRules", quantity: true, percent: true },
  ringFence: { path: "/v1/ring-fences", list: "ringFences", quantity: true, priority: true },
  threshold: { path: "/v1/thresholds", list: "thresholds", quantity: true },
  saleRestriction: { path: "/v1/sale-restrictions", list: "saleRestrictions" },
};

export default async function rules({ query, signal, may }) {
  let kind = KINDS[query.get("kind")] ? query.get("kind") : "safetyStock";
  const filter = { sku: query.get("sku") ?? "", location: query.get("location") ?? "" };
  const canWrite = may("rules:write");
  const list = pagedTable({
    caption: word("title"),
    signal,
    columns: [
      { label: word("rule"), cell: (row) => h("code", {}, row.id) },
      { label: word("scope"), class: "wide", cell: (row) => scopeText(row.scope) },
      { label: word("effect"), cell: (row) => effect(kind, row) },
      { label: word("time"), cell: (row) => validity(row) },
      {
        label: word("actions"),
        cell: (row) =>
          canWrite
            ? rowButtons(
                [word("change"), word("changeLabel", { id: row.id }), () => edit(row)],
                [word("remove"), word("removeLabel", { id: row.id }), () => remove(row), "danger"],
              )
            : "",
      },
    ].slice(0, canWrite ? 5 : 4),
    load: (page) => rowsOf(KINDS[kind].path, KINDS[kind].list, { query: filter, signal })(page),
    empty: {
      get text() {
        return word(`empty.${kind}`);
      },
    },
  });

  const edit = async (row) => (await ruleDialog({ kind, row })) && list.reload();
  const add = async () =>
    (await ruleDialog({ kind, row: null, id: `${kind.toLowerCase()}-${newId().slice(0, 8)}` })) && list.reload();
  const remove = (row) =>
    sure(word("removeTitle", { id: row.id }), word("removeLead"), word("remove"), async () => {
      await api.delete(KINDS[kind].path + path`/${row.id}`, { headers: { "If-Match": `"${row.version}"` } });
      announce(word("removed", { id: row.id }));
      await list.reload();
    });

  const choose = (change) => (Object.assign(filter, change), setQuery(filter), list.restart());
  await list.reload();
  return h(
    "div",
    { class: "stack" },
    partHead(
      word("title"),
      word("lead"),
      canWrite ? button(word("add"), add, "primary") : null,
    ),
    choices(
      "kind",
      word("kind"),
      Object.keys(KINDS).map((one) => [one, named("ruleKinds", one)]),
      kind,
      (next) => ((kind = next), list.restart()),
    ),
    h(
      "div",
      { class: "toolbar" },
      field({
        name: "sku",
        label: word("item"),
        kind: "item",
        value: filter.sku,
        placeholder: word("anyItem"),
        on: { change: (event) => choose({ sku: event.target.value.trim() }) },
      }),
      field({
        name: "location",
        label: word("location"),
        kind: "place",
        value: filter.location,
        placeholder: word("anyStore"),
        on: { change: (event) => choose({ location: event.target.value.trim() }) },
      }),
    ),
    list.node,
  );
}

/** "Desk lamp at Store 321, channel web". */
function scopeText(scope) {
  const parts = [];
  const place = scope.location ? [word("at"), " ", placeLink(scope.location)] : null;
  if (scope.sku) parts.push([itemLink(scope.sku), place ? [" ", place] : null]);
  else if (place) parts.push(place);
  if (scope.group) parts.push(word("group", { group: scope.group }));
  if (scope.channel) parts.push(word("channel", { channel: scope.channel }));
  if (scope.method) parts.push(named("method", scope.method));
  return parts.length ? parts.flatMap((part, index) => (index ? [", ", part] : [part])) : word("everything");
}

function effect(kind, row) {
  if (kind === "saleRestriction") return word("notSold");
  if (kind === "threshold") return word("lowFrom", { n: row.quantity });
  const share = row.percent ? word("percent", { percent: row.percent }) : null;
  return [
    word("keeps", { n: row.quantity }),
    share ? `, ${share}` : null,
    row.priority ? h("div", { class: "soft small-text" }, word("priority", { n: row.priority })) : null,
  ];
}

function validity(row) {
  const now = Date.now();
  if (row.validTo && Date.parse(row.validTo) <= now) return [badge(word("over")), " ", timeElement(row.validTo)];
  if (row.validFrom && Date.parse(row.validFrom) > now) return [badge(word("later"), "info"), " ", timeElement(row.validFrom)];
  return row.validTo ? [word("until"), " ", timeElement(row.validTo)] : word("always");
}
