// Keys of machines: who has one, for what, and when it was last used.
import { announce, badge, h } from "../dom.js";
import { ageElement, timeElement } from "../time.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { isComplete, placeOf } from "./places.js";
import { ask, field, partHead, placeLink, rowButtons, shownOnce, sure } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";

const word = words("keys");
const ROLES = ["storefront", "till", "storeAssociate", "orderSystem", "integrator", "operator", "analyst"];
const TONES = { valid: "ok", expired: "warn", revoked: "quiet" };
const OVERLAPS = [
  ["0", "none"],
  ["3600", "hour"],
  ["86400", "day"],
  ["604800", "week"],
];

export default async function keys({ signal }) {
  const list = pagedTable({
    caption: word("title"),
    signal,
    columns: [
      { label: word("client"), cell: (row) => [h("strong", {}, row.client), h("div", { class: "soft small-text" }, row.name)] },
      {
        label: word("may"),
        class: "wide",
        cell: (row) => [...row.roles.map((role) => named("role", role)), ...row.scopes].join(", ") || "–",
      },
      { label: word("bound"), cell: (row) => bound(row) },
      { label: word("used"), class: "nowrap", cell: (row) => ageElement(row.lastUsedAt) },
      {
        label: word("state"),
        cell: (row) => [
          badge(named("key", row.state), TONES[row.state]),
          row.expiresAt && row.state === "valid"
            ? h("div", { class: "soft small-text" }, word("until"), " ", timeElement(row.expiresAt))
            : null,
        ],
      },
      {
        label: word("actions"),
        cell: (row) =>
          row.state === "valid"
            ? rowButtons(
                [word("rotate"), word("rotateLabel", { client: row.client }), () => rotate(row)],
                [word("revoke"), word("revokeLabel", { client: row.client }), () => revoke(row), "danger"],
              )
            : "",
      },
    ],
    load: rowsOf("/v1/api-keys", "apiKeys", { signal }),
    empty: { text: word("empty") },
  });

  const shown = async (answer) => {
    if (!answer) return;
    await shownOnce(word("secretTitle"), word("secretLead"), answer.key);
    await list.reload();
  };
  const add = async () =>
    shown(
      await ask({
        title: word("add"),
        lead: word("addLead"),
        action: word("make"),
        fields: [
          field({ name: "client", label: word("client"), required: true, maxlength: 64, hint: word("clientHint") }),
          field({ name: "name", label: word("name"), required: true, maxlength: 200 }),
          field({ name: "role", label: word("role"), kind: "select", options: ROLES.map((role) => [role, named("role", role)]) }),
          field({ name: "locations", label: word("locations"), hint: word("listHint") }),
          field({ name: "sources", label: word("sources"), hint: word("listHint") }),
          field({ name: "expiresAt", label: word("expires"), kind: "datetime-local" }),
        ],
        submit: ({ client, name, role, locations, sources, expiresAt }) => {
          const strangers = split(locations ?? "").filter((id) => !placeOf(id));
          if (strangers.length && isComplete())
            throw { title: word("unknownStores", { ids: strangers.join(", ") }), detail: word("unknownStoresDetail") };
          return api.post("/v1/api-keys", {
            body: {
              client,
              name,
              roles: [role],
              ...(locations ? { locations: split(locations) } : {}),
              ...(sources ? { sources: split(sources) } : {}),
              ...(expiresAt ? { expiresAt } : {}),
            },
          });
        },
      }),
    );
  const rotate = async (row) =>
    shown(
      await ask({
        title: word("rotateTitle", { client: row.client }),
        lead: word("rotateLead"),
        action: word("rotate"),
        fields: [
          field({
            name: "overlap",
            label: word("overlap"),
            kind: "select",
            value: "3600",
            options: OVERLAPS.map(([seconds, name]) => [seconds, word(`overlap.${name}`)]),
          }),
        ],
        submit: ({ overlap }) => api.post(path`/v1/api-keys/${row.id}/rotate`, { body: { overlapSeconds: Number(overlap) } }),
      }),
    );
  const revoke = (row) =>
    sure(word("revokeTitle", { client: row.client }), word("revokeLead"), word("revoke"), async () => {
      await api.post(path`/v1/api-keys/${row.id}/revoke`, { body: {} });
      announce(word("revoked"));
      await list.reload();
    });

  await list.reload();
  return h(
    "div",
    { class: "stack" },
    partHead(
      word("title"),
      word("lead"),
      button(word("add"), add, "primary"),
    ),
    list.node,
  );
}

/** Null is unbound; an empty list is bound to nothing. */
function bound({ locations, sources }) {
  if (!locations && !sources) return word("free");
  return [
    locations?.length ? locations.map((id, index) => [index ? ", " : null, placeLink(id)]) : locations ? word("nothing") : null,
    sources ? h("div", { class: "soft small-text" }, sources.length ? sources.join(", ") : word("nothing")) : null,
  ];
}

const split = (text) => text.split(/[\s,]+/).filter(Boolean);
