// Who changed what: the chained record of changes to master data, rules, keys and exceptions.
import { h } from "../dom.js";
import { timeElement } from "../time.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { download, field, partHead } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";
import { setQuery } from "./router.js";

const word = words("audit");
const KINDS = [
  "item",
  "itemBin",
  "location",
  "locationGroup",
  "source",
  "alias",
  "locationAlias",
  "stockRule",
  "expectedSupply",
  "reconciliationRule",
  "importMapping",
  "exception",
  "apiKey",
  "feed",
  "webhook",
];

export default async function audit({ query, signal }) {
  const filter = { kind: query.get("kind") ?? "", key: query.get("key") ?? "", actor: query.get("actor") ?? "" };
  const list = pagedTable({
    caption: word("title"),
    key: (row) => row.sequence,
    signal,
    page: 100,
    columns: [
      { label: word("at"), class: "nowrap", cell: (row) => timeElement(row.at) },
      { label: word("actor"), cell: (row) => row.actor ?? h("span", { class: "soft" }, word("nobody")) },
      { label: word("action"), cell: (row) => named("auditAction", row.action) },
      { label: word("what"), cell: (row) => [named("auditKind", row.kind), " ", h("code", {}, row.keys.join(" / "))] },
      {
        label: word("object"),
        class: "wide",
        cell: (row) =>
          row.object
            ? h(
                "details",
                {},
                h("summary", {}, word("show")),
                h("pre", { class: "code-block", tabindex: "0" }, JSON.stringify(row.object, null, 2)),
              )
            : "–",
      },
    ],
    load: rowsOf("/v1/audit", "auditEntries", { query: filter, hasTotal: false, signal }),
    empty: { text: word("empty") },
  });
  const choose = (change) => (Object.assign(filter, change), setQuery(filter), list.restart());
  const text = (name) =>
    field({
      name,
      label: word(name),
      value: filter[name],
      maxlength: 200,
      placeholder: word("any"),
      on: { change: (event) => choose({ [name]: event.target.value.trim() }) },
    });
  await list.reload();
  return h(
    "div",
    { class: "stack" },
    partHead(
      word("title"),
      word("lead"),
      button(word("download"), () =>
        download("/v1/audit", "audit.ndjson", { query: { ...filter, limit: 1000 }, accept: "application/x-ndjson" }),
      ),
    ),
    h(
      "div",
      { class: "toolbar" },
      field({
        name: "kind",
        label: word("kind"),
        kind: "select",
        value: filter.kind,
        options: [["", word("any")], ...KINDS.map((kind) => [kind, named("auditKind", kind)])],
        on: { change: (event) => choose({ kind: event.target.value }) },
      }),
      text("key"),
      text("actor"),
    ),
    list.node,
  );
}
