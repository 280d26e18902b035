// "Do you have this?": from a scan or some words to the endless-aisle card.
import { ApiProblem, api, path } from "../api.js";
import { badge, emptyState, h, loading, problemNotice, put } from "../dom.js";
import { t } from "../texts.js";
import { read } from "./data.js";
import { card } from "./card.js";
import { codeField } from "./scan.js";

const FOUND_MAX = 20;
const NEAR_MAX = 5;
const GTIN_LENGTHS = [8, 12, 13, 14];

const isGTIN = (text) => /^\d+$/.test(text) && GTIN_LENGTHS.includes(text.length);

export const toneOf = { inStock: "ok", low: "warn", out: "bad" };
export const bandBadge = (band) => badge(t(`band.${band}`), toneOf[band] ?? "quiet");

export function findView({ store, who, argument, go }) {
  const result = h("div", { class: "stack", "aria-live": "polite" });
  const field = codeField({
    label: t("store.find.label"), placeholder: t("store.find.placeholder"), submit: t("store.find.submit"),
    onCode: (text) => go("find", text), autofocus: !argument && matchMedia("(pointer: fine)").matches,
  });
  field.input.value = argument ?? "";
  if (argument) show(argument);
  else put(result, emptyState(t("store.find.empty")));

  async function show(text) {
    put(result, loading(t("store.find.searching")));
    try {
      const found = await itemFor(text, store);
      if (found.card) put(result, card({ ...found, store, who, go, reload: () => show(text) }));
      else put(result, matches(found.items, text, go));
    } catch (error) {
      put(result, problemNotice(error, { retry: () => show(text), retryLabel: t("page.again") }));
    }
  }

  return { element: h("div", { class: "stack" }, field.element, result), scanned: (code) => go("find", code) };
}

/** The card of what a text names: a GTIN, a sku, or else the items with these words in their name. */
async function itemFor(text, store) {
  const names = isGTIN(text) ? [{ code: text, codeSystem: "gtin" }, { sku: text }] : [{ sku: text }];
  for (const name of names) {
    try {
      return await cardOf(name, store);
    } catch (error) {
      // Not this kind of name; a text that cannot be a sku is refused as one.
      if (error.code !== "unknownReference" && error.code !== "invalidRequest") throw error;
    }
  }
  const query = { q: text, limit: FOUND_MAX };
  try {
    return { items: (await read("/v1/availability", query)).data.items };
  } catch (error) {
    // Whoever is bound to this store may ask what it has.
    if (error.status !== 403) throw error;
    return { items: (await read(path`/v1/locations/${store.id}/availability`, query)).data.availability };
  }
}

async function cardOf(name, store) {
  const { data, at, isOld } = await read("/v1/endless-aisle", { ...name, at: store.id, limit: NEAR_MAX }).catch((error) => {
    // The card is about all stores. Whoever is bound to this one sees what is here.
    if (error.status !== 403) throw error;
    return cardOfHere(name, store);
  });
  const bin = await binOf(data.item.sku, store);
  return { card: data, bin, at, isOld };
}

async function cardOfHere({ sku, code, codeSystem }, store) {
  let known = sku;
  if (code) {
    const { data } = await read("/v1/aliases", { codeSystem, code });
    if (!data.aliases.length) throw new ApiProblem({ status: 422, code: "unknownReference" });
    known = data.aliases[0].sku;
  }
  const [item, here] = await Promise.all([read(path`/v1/items/${known}`), read(path`/v1/availability/${known}/${store.id}`)]).catch((error) => {
    throw error.status === 404 ? new ApiProblem({ status: 422, code: "unknownReference" }) : error;
  });
  const data = { item: item.data, here: here.data, variants: [], stores: [], shipFrom: [], shipFromUnits: 0, inbound: [], isOfHereAlone: true };
  return { data, at: Math.min(item.at, here.at), isOld: item.isOld || here.isOld };
}

/** Where it lies here; null where nobody said. */
async function binOf(sku, store) {
  try {
    return (await api.get(path`/v1/items/${sku}/bins/${store.id}`)).bin;
  } catch {
    return null;
  }
}

function matches(items, text, go) {
  if (!items.length) return emptyState(t("store.find.nothing", { text }));
  return h("section", { class: "stack" },
    h("h2", {}, items.length === FOUND_MAX ? t("store.find.first", { n: FOUND_MAX }) : t("store.find.matches", { n: items.length })),
    h("ul", { class: "list" }, items.map((item) =>
      h("li", {}, h("button", { class: "card match", type: "button", on: { click: () => go("find", item.sku) } },
        h("span", { class: "match-name" }, item.name), h("span", { class: "soft small-text code" }, item.sku), bandBadge(item.band))))));
}
