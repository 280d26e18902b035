// Promises to the customer at the counter: for pickup here or in another store, or sent to them. A promise is only one once
// Holdfast has granted it, so it is never kept for later: without a network the associate is told so.
import { api, newId } from "../api.js";
import { announce, h, openDialog } from "../dom.js";
import { t } from "../texts.js";
import { timeElement } from "../time.js";

const QUANTITY_MAX = 99;
/** How long a customer who is still thinking gets, in minutes. */
const HOLD_MINUTES = 120;

function quantityField(available) {
  const input = h("input", { id: "quantity", class: "input quantity", type: "number", inputmode: "numeric", min: "1", max: String(Math.min(available, QUANTITY_MAX)), required: true, value: "1" });
  const step = (by) => h("button", { class: "button", type: "button", "aria-label": t(by > 0 ? "store.more" : "store.less"), on: { click: () => (by > 0 ? input.stepUp() : input.stepDown()) } }, by > 0 ? "+" : "−");
  return { input, element: h("div", { class: "field" }, h("label", { for: "quantity" }, t("store.promise.quantity")), h("div", { class: "stepper" }, step(-1), input, step(1))) };
}

const nameField = () => {
  const input = h("input", { id: "customer", class: "input", type: "text", maxlength: "64", autocomplete: "off", enterkeyhint: "done", "aria-describedby": "customer-hint" });
  return { input, element: h("div", { class: "field" }, h("label", { for: "customer" }, t("store.promise.reference")), input, h("p", { class: "hint", id: "customer-hint" }, t("store.promise.referenceHint"))) };
};

/** @returns whether something was promised. */
export async function holdDialog({ item, location, name, available, store, go }) {
  const quantity = quantityField(available);
  const customer = nameField();
  const choice = (value, isChosen) => h("label", { class: "check" }, h("input", { type: "radio", name: "kind", value, checked: isChosen }), t(`store.promise.${value}`, { n: HOLD_MINUTES / 60 }));
  // One key for this dialog: "Try again" after a lost answer is the same request, and takes the units once.
  const key = newId();
  const made = await openDialog({
    title: t("store.promise.title", { item: item.name, name }),
    body: [quantity.element, customer.element, h("fieldset", { class: "choices" }, h("legend", {}, t("store.promise.kind")), choice("order", true), choice("hold", false))],
    actions: [
      { label: t("store.cancel") },
      { label: t("store.promise.submit"), kind: "primary", run: (form) => create({
        method: "pickup", location, reference: customer.input.value.trim() || undefined,
        ...(new FormData(form).get("kind") === "order" ? { confirm: true } : { expiresInSeconds: HOLD_MINUTES * 60 }),
        lines: [{ sku: item.sku, quantity: Number(quantity.input.value) }],
      }, key) },
    ],
  });
  if (!made) return false;
  await doneDialog(made, name, store, location === store.id ? go : null);
  return true;
}

/** @returns whether something was promised. */
export async function shipDialog({ item, available, store }) {
  const quantity = quantityField(available);
  const customer = nameField();
  const key = newId();
  const made = await openDialog({
    title: t("store.promise.shipTitle", { item: item.name }),
    body: [quantity.element, customer.element, h("p", { class: "soft" }, t("store.promise.shipHint", { name: store.name }))],
    actions: [
      { label: t("store.cancel") },
      { label: t("store.promise.shipSubmit"), kind: "primary", run: () => create({
        method: "ship", confirm: true, reference: customer.input.value.trim() || undefined, shipTo: store.coordinates ?? undefined,
        lines: [{ sku: item.sku, quantity: Number(quantity.input.value) }],
      }, key) },
    ],
  });
  if (!made) return false;
  const from = [...new Set(made.lines.flatMap((line) => line.allocations.map((one) => one.location)))];
  announce(t("store.promise.shipDone", { places: from.join(", ") }));
  await openDialog({ title: t("store.promise.shipDoneTitle"), body: h("p", {}, t("store.promise.shipDone", { places: from.join(", ") })), actions: [{ label: t("store.done"), kind: "primary" }] });
  return true;
}

const create = async (body, key) => {
  try {
    return await api.post("/v1/reservations", { body, headers: { "Idempotency-Key": key } });
  } catch (error) {
    if (error.isOffline) error.detail = t("store.promise.offline");
    throw error;
  }
};

function doneDialog(made, name, store, go) {
  announce(t("store.promise.doneSpoken", { code: made.pickup?.code ?? "" }));
  return openDialog({
    title: t(made.expiresAt ? "store.promise.heldTitle" : "store.promise.doneTitle", { name }),
    body: [
      made.pickup ? h("p", { class: "pickup-code", "aria-label": t("store.promise.codeSpoken", { code: [...made.pickup.code].join(" ") }) }, made.pickup.code) : null,
      made.pickup ? h("p", {}, t("store.promise.code")) : null,
      made.pickup?.readyBy ? h("p", {}, t("store.promise.readyBy"), " ", timeElement(made.pickup.readyBy, store.timeZone)) : null,
      made.expiresAt ? h("p", {}, t("store.promise.until"), " ", timeElement(made.expiresAt, store.timeZone)) : null,
    ],
    actions: [go ? { label: t("store.promise.toPick"), run: () => (go("pick"), true) } : null, { label: t("store.done"), kind: "primary" }].filter(Boolean),
  });
}
