// Addresses that events are sent to, and how that goes.
import { announce, badge, h } from "../dom.js";
import { ageElement } from "../time.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { ask, field, partHead, shownOnce } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";
import { to } from "./router.js";

const word = words("webhooks");
export const TONES = { active: "ok", failing: "warn", paused: "bad", disabled: "quiet" };
export const TYPES = [
  "inventory.movement.recorded",
  "inventory.availability.changed",
  "inventory.band.changed",
  "reservation.created",
  "reservation.confirmed",
  "reservation.ready",
  "reservation.extended",
  "reservation.moved",
  "reservation.changed",
  "reservation.arrived",
  "reservation.fulfilled",
  "reservation.released",
  "reservation.expired",
  "reservation.notFound",
  "reservation.atRisk",
  "reservation.covered",
  "transfer.created",
  "transfer.shipped",
  "transfer.received",
  "transfer.closed",
  "transfer.cancelled",
  "count.recorded",
  "exception.opened",
  "exception.assigned",
  "exception.resolved",
  "location.silent",
  "location.heard",
  "supply.changed",
  "proof.failed",
];

export default async function webhooks({ live, signal }) {
  const list = pagedTable({
    caption: word("title"),
    signal,
    columns: [
      {
        label: word("webhook"),
        cell: (row) => [
          h("a", { class: "strong", href: to("webhooks", row.id) }, row.description ?? row.id),
          h("div", { class: "soft small-text" }, row.id),
        ],
      },
      { label: word("address"), class: "wide", cell: (row) => h("span", { class: "raw" }, row.url) },
      { label: word("state"), cell: (row) => badge(named("webhook", row.delivery.state), TONES[row.delivery.state]) },
      {
        label: word("problem"),
        class: "wide",
        cell: (row) =>
          row.delivery.lastError
            ? [
                row.delivery.lastError,
                row.delivery.failingSince
                  ? h("div", { class: "soft small-text" }, word("since"), " ", ageElement(row.delivery.failingSince))
                  : null,
              ]
            : "–",
      },
      {
        label: word("deadLetters"),
        number: true,
        cell: (row) => (row.delivery.deadLetters ? h("span", { class: "bad-text" }, number(row.delivery.deadLetters)) : "0"),
      },
    ],
    load: rowsOf("/v1/webhooks", "webhooks", { signal }),
    empty: { text: word("empty") },
  });
  await list.reload();
  live.on(["exception."], list.reload, { signal });
  return h(
    "div",
    { class: "stack" },
    partHead(
      word("title"),
      word("lead"),
      button(word("add"), async () => (await webhookDialog(null)) && list.reload(), "primary"),
    ),
    list.node,
  );
}

/** Makes or changes a webhook; the secret of a new one is shown once. */
export async function webhookDialog(row) {
  const saved = await ask({
    title: row ? word("changeTitle", { id: row.id }) : word("add"),
    lead: row ? null : word("addLead"),
    action: word("save"),
    fields: [
      field({ name: "id", label: word("id"), value: row?.id ?? "", required: true, maxlength: 64, readonly: Boolean(row) }),
      field({
        name: "url",
        label: word("address"),
        kind: "url",
        value: row?.url ?? "",
        required: true,
        placeholder: "https://…",
        maxlength: 2000,
      }),
      field({ name: "description", label: word("description"), value: row?.description ?? "", maxlength: 200 }),
      h(
        "fieldset",
        { class: "fieldset types" },
        h("legend", {}, word("types")),
        h("p", { class: "hint" }, word("typesHint")),
        TYPES.map((type) => field({ name: `type:${type}`, label: type, kind: "check", value: row?.types.includes(type) ?? false })),
      ),
      field({ name: "location", label: word("location"), kind: "place", value: row?.location ?? "" }),
      field({ name: "enabled", label: word("enabled"), kind: "check", value: row?.enabled ?? true }),
    ],
    submit: async ({ id, url, description, location, enabled, ...rest }) => {
      const types = TYPES.filter((type) => rest[`type:${type}`]);
      const body = {
        url,
        enabled,
        ...(description ? { description } : {}),
        ...(types.length ? { types } : {}),
        ...(location ? { location } : {}),
        ...(row?.sku ? { sku: row.sku } : {}),
        ...(row?.group ? { group: row.group } : {}),
        ...(row?.channel ? { channel: row.channel } : {}),
        ...(row ? { batchSize: row.batchSize } : {}),
      };
      return api.put(path`/v1/webhooks/${id}`, {
        body,
        headers: row ? { "If-Match": `"${row.version}"` } : { "If-None-Match": "*" },
      });
    },
  });
  if (!saved) return false;
  announce(word("saved", { id: saved.id }));
  if (saved.secret) await shownOnce(word("secretTitle"), word("secretLead"), saved.secret);
  return true;
}
