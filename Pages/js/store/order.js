// One order as the store sees it, and what can be done about it next. What is done is kept until it was sent.
import { api } from "../api.js";
import { announce, badge, h, loading, openDialog, problemNotice, put } from "../dom.js";
import { may } from "../signin.js";
import { t } from "../texts.js";
import { ageElement, timeElement } from "../time.js";
import { distance, opening } from "./card.js";
import { act, pendingFor } from "./outbox.js";

const toneOf = { held: "quiet", confirmed: "info", ready: "ok", notFound: "bad", fulfilled: "ok", released: "quiet", expired: "quiet" };
const OPEN = new Set(["held", "confirmed", "ready", "notFound"]);
const STORES_MAX = 8;
/** How long a picker has the order to themselves before others may take it over, in seconds. */
const CLAIM_SECONDS = 1_800;
const PICKER = "holdfast.store.picker";

/** Whether it is ready and was to be collected by now. */
export const isUncollected = ({ state, pickup }) => state === "ready" && pickup?.pickupBy && Date.parse(pickup.pickupBy) < Date.now();

/** What colleagues call it. */
const nameOf = (reservation) => reservation.reference ?? reservation.pickup?.code ?? reservation.id.slice(-8);

export function order(reservation, { store, who, list, done }) {
  const zone = store.timeZone;
  const waiting = pendingFor(reservation.id);
  const open = reservation.lines.flatMap((line) => line.allocations).filter((one) => OPEN.has(one.state));
  const title = nameOf(reservation);
  const isLate = Date.parse(reservation.dueAt) < Date.now() && open.some((one) => one.state !== "ready");
  return h("article", { class: "card order", "aria-label": t("store.order.label", { name: title }) },
    h("header", { class: "row spread" },
      h("h3", { class: "order-title" }, title),
      h("span", { class: "row" },
        reservation.atRisk ? badge(t("store.order.atRisk"), "bad") : null,
        isLate ? badge(t("store.order.late"), "warn") : isUncollected(reservation) ? badge(t("store.order.uncollected"), "warn") : null,
        badge(t(`state.${reservation.state}`), toneOf[reservation.state]))),
    h("p", { class: "soft small-text" }, due(reservation, zone)),
    reservation.pickup?.arrivedAt ? h("p", { class: "arrived" }, "● ", t("store.order.arrived"), " ", ageElement(reservation.pickup.arrivedAt, zone),
      reservation.pickup.place ? [": ", h("strong", {}, reservation.pickup.place)] : null, reservation.pickup.note ? ` (${reservation.pickup.note})` : null) : null,
    reservation.claim ? h("p", { class: "small-text" }, t("store.order.claimed", { by: reservation.claim.by })) : null,
    h("ul", { class: "lines" }, reservation.lines.flatMap((line) => line.allocations.map((one) => lineItem(line, one, reservation.state)))),
    waiting.length
      ? h("p", { class: "notice", data: { tone: "info" }, role: "status" }, t("store.order.waiting", { what: waiting.map((entry) => entry.what).join(", ") }))
      : may(who, "reservations:write") && open.length && !reservation.transfer ? actions(reservation, open, { store, list, done, title }) : null);
}

function due(reservation, zone) {
  const isShipping = reservation.method === "ship";
  const parts = [isShipping ? t("store.order.ship") : t("store.order.pickup"), " · ", t("store.order.due"), " ", timeElement(reservation.dueAt, zone)];
  if (reservation.state === "ready" && reservation.pickup?.pickupBy) parts.push(" · ", t("store.order.pickupBy"), " ", timeElement(reservation.pickup.pickupBy, zone));
  return parts;
}

function lineItem(line, one, state) {
  return h("li", { class: "line" },
    h("span", { class: "line-units" }, `${one.quantity} ×`),
    h("span", { class: "line-name" }, one.name ?? line.name ?? one.sku, h("span", { class: "soft small-text code" }, ` ${one.sku}`),
      one.uncoveredQuantity ? h("span", {}, " ", badge(t("store.order.uncovered", { n: one.uncoveredQuantity }), "bad")) : null),
    one.bin ? h("span", { class: "bin" }, h("span", { class: "visually-hidden" }, t("store.card.bin"), " "), one.bin) : null,
    one.state === state || one.state === "confirmed" ? null : badge(t(`state.${one.state}`), toneOf[one.state]));
}

function actions(reservation, open, { store, list, done, title }) {
  const some = (...states) => open.filter((one) => states.includes(one.state));
  const toPick = some("confirmed", "notFound");
  const buttons = [];
  const button = (label, run, kind = "") =>
    buttons.push(h("button", { class: `button ${kind}`, type: "button", "aria-label": `${label}: ${title}`, on: { click: (event) => press(event.currentTarget, run) } }, label));
  const press = async (element, run) => {
    if (element.hasAttribute("aria-busy")) return;
    // Not disabled: a dialog gives the focus back to what opened it, if that can take it.
    element.setAttribute("aria-busy", "true");
    try {
      await run();
    } finally {
      element.removeAttribute("aria-busy");
    }
  };
  const send = async (action, label, body) => {
    // Only this store's part: another store may have its own.
    const chosen = open.filter(body.of);
    const sold = action === "fulfil" ? chosen.map(({ sku, quantity }) => ({ sku, quantity })) : null;
    const result = await act(reservation, action, label, { allocations: chosen.map(({ id }) => ({ id })), ...body.more }, { label: `${label}: ${title}`, sold });
    await told(result, label, done);
    return result;
  };
  if (some("confirmed").length && !reservation.claim && list === "pick") {
    button(t("store.order.claim"), () => claim(reservation, done));
  }
  if (toPick.length && list !== "code") {
    button(t("store.order.picked"), () => send("ready", t("store.order.picked"), { of: (one) => toPick.includes(one), more: { occurredAt: now() } }), "primary");
  }
  if (some("ready", "confirmed").length && (list !== "pick" || reservation.method === "ship")) {
    const label = t(reservation.method === "ship" ? "store.order.sent" : "store.order.handOver");
    button(label, () => handOver(reservation, title, label, () => send("fulfil", label, { of: (one) => one.state !== "held", more: { occurredAt: now() } })), toPick.length && list !== "code" ? "" : "primary");
  }
  if (some("confirmed", "ready").length) button(t("store.order.notFound"), () => notFoundDialog(reservation, some("confirmed", "ready"), { store, done }));
  if (isUncollected(reservation)) {
    const label = t("store.order.putBack");
    button(label, () => putBack(title, label, () => send("release", label, { of: (one) => one.state === "ready", more: { reason: "not collected", restock: "immediate", occurredAt: now() } })));
  }
  if (reservation.method === "pickup") button(t("store.order.move"), () => moveDialog(reservation, open, { store, done }));
  return h("div", { class: "row order-actions" }, buttons);
}

const now = () => new Date().toISOString();

/** Says what became of an entry. */
async function told(result, label, done) {
  if (result.state === "sent") announce(t("store.sent", { what: label }));
  if (result.state === "waiting") announce(t("store.kept", { what: label }));
  if (result.state === "refused") {
    announce(result.problem.detail, { urgent: true });
    await openDialog({ title: t("store.refused", { what: label }), body: h("p", {}, result.problem.detail), actions: [{ label: t("store.done"), kind: "primary" }] });
  }
  await done();
}

async function claim(reservation, done) {
  const input = h("input", { id: "picker", class: "input", type: "text", required: true, maxlength: "64", autocomplete: "nickname", value: localStorage.getItem(PICKER) ?? "" });
  const label = t("store.order.claim");
  const result = await openDialog({
    title: t("store.claim.title"),
    body: h("div", { class: "field" }, h("label", { for: "picker" }, t("store.claim.name")), input),
    actions: [{ label: t("store.cancel") }, { label, kind: "primary", run: () => {
      localStorage.setItem(PICKER, input.value.trim());
      return act(reservation, "claim", label, { by: input.value.trim(), expiresInSeconds: CLAIM_SECONDS }, { label: `${label}: ${nameOf(reservation)}` });
    } }],
  });
  if (result) await told(result, label, done);
}

/** Goods leave the house: asked once more, since nobody brings them back. */
async function handOver(reservation, title, label, send) {
  const isSure = await openDialog({
    title: t("store.handOver.title", { name: title }),
    body: [
      reservation.pickup ? h("p", {}, t("store.handOver.code"), " ", h("strong", { class: "code" }, reservation.pickup.code)) : null,
      h("ul", { class: "plain" }, reservation.lines.flatMap((line) => line.allocations.filter((one) => OPEN.has(one.state)).map((one) => h("li", {}, `${one.quantity} × ${one.name ?? one.sku}`)))),
    ],
    actions: [{ label: t("store.cancel") }, { label, kind: "primary", value: true }],
  });
  if (isSure) await send();
}

async function putBack(title, label, send) {
  const isSure = await openDialog({
    title: t("store.putBack.title", { name: title }), body: h("p", {}, t("store.putBack.hint")),
    actions: [{ label: t("store.cancel") }, { label, kind: "danger", value: true }],
  });
  if (isSure) await send();
}

async function notFoundDialog(reservation, open, { store, done }) {
  const boxes = open.map((one, index) => h("label", { class: "check" }, h("input", { type: "checkbox", name: "missing", value: String(index), checked: open.length === 1 }), `${one.quantity} × ${one.name ?? one.sku}`, one.bin ? ` (${one.bin})` : ""));
  const label = t("store.order.notFound");
  const result = await openDialog({
    title: t("store.notFound.title"),
    body: [h("p", {}, t("store.notFound.hint")), h("fieldset", { class: "choices" }, h("legend", {}, t("store.notFound.which")), boxes)],
    actions: [{ label: t("store.cancel") }, { label: t("store.notFound.submit"), kind: "danger", run: (form) => {
      const missing = new FormData(form).getAll("missing").map((index) => ({ id: open[Number(index)].id }));
      if (!missing.length) throw new Error(t("store.notFound.none"));
      return act(reservation, "not-found", label, { allocations: missing, occurredAt: now() }, { label: `${label}: ${nameOf(reservation)}` });
    } }],
  });
  if (!result) return;
  await told(result, label, done);
  if (result.state === "sent" && reservation.method === "pickup") await moveDialog(result.answer, result.answer.lines.flatMap((line) => line.allocations).filter((one) => one.state === "notFound" && one.location === store.id), { store, done });
}

/** Other stores that have all of it. Only with a network: to move a promise takes the units there. */
async function moveDialog(reservation, open, { store, done }) {
  if (!open.length) return;
  const choices = h("div", { class: "stack" }, loading(t("store.move.looking")));
  const moved = openDialog({
    title: t("store.move.title"), body: choices,
    actions: [{ label: t("store.cancel") }, { label: t("store.move.submit"), kind: "primary", run: async (form) => {
      const location = new FormData(form).get("to");
      if (!location) throw new Error(t("store.move.none"));
      await api.post(`/v1/reservations/${encodeURIComponent(reservation.id)}/move`, {
        body: { allocations: open.map(({ id }) => ({ id })), location }, headers: { "Idempotency-Key": `move/${reservation.id}/${reservation.version}/${location}` },
      });
      return location;
    } }],
  });
  try {
    const units = new Map();
    for (const one of open) units.set(one.sku, (units.get(one.sku) ?? 0) + one.quantity);
    const { stores } = await api.post("/v1/store-finder", { body: { ...(store.coordinates ?? {}), method: "pickup", limit: STORES_MAX, lines: [...units].map(([sku, quantity]) => ({ sku, quantity })) } });
    const complete = stores.filter((one) => one.isComplete && one.location !== store.id);
    put(choices, complete.length
      ? h("fieldset", { class: "choices" }, h("legend", {}, t("store.move.to")), complete.map((one, index) => h("label", { class: "check" }, h("input", { type: "radio", name: "to", value: one.location, checked: index === 0 }),
          h("span", {}, h("strong", {}, one.name), h("br"), h("span", { class: "soft small-text" }, [distance(one.distanceKm), opening(one, store.timeZone)].filter(Boolean).join(" · ")), one.readyBy ? h("span", { class: "small-text" }, " ", t("store.card.readyBy"), " ", timeElement(one.readyBy, store.timeZone)) : null))))
      : h("p", { class: "notice", data: { tone: "warn" } }, t("store.move.nowhere")));
  } catch (error) {
    put(choices, problemNotice(error));
  }
  if (await moved) {
    announce(t("store.move.done"));
    await done();
  }
}
