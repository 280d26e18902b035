// Finds whatever somebody has in hand: an item's name or sku, a code from a label, a store, an order, a pickup code.
import { emptyState, h, loading, problemNotice, put } from "../dom.js";
import { t } from "../texts.js";
import { api, path } from "../api.js";
import { words } from "./words.js";
import { allPlaces, placeName } from "./places.js";
import { bandBadge, field, partHead, section } from "./ui.js";
import { stateBadges } from "./promises.js";
import { placeRow } from "./stores.js";
import { setQuery, to } from "./router.js";

const word = words("find");
const SHOWN = 12;

export default async function find({ who, query, signal, may, isBound }) {
  const results = h("div", { class: "stack", "aria-live": "polite" });
  const input = field({
    name: "q",
    label: word("label"),
    kind: "search",
    value: query.get("q") ?? "",
    placeholder: word("placeholder"),
    maxlength: 100,
  });
  const form = h(
    "form",
    { class: "toolbar find-form", role: "search", on: { submit: (event) => (event.preventDefault(), search()) } },
    input,
    h("button", { class: "button primary", type: "submit" }, word("search")),
  );

  let searches = 0;
  async function search() {
    const text = input.querySelector("input").value.trim();
    const mine = (searches += 1);
    setQuery({ q: text });
    if (!text) return put(results, h("p", { class: "soft" }, word("hint")));
    put(results, loading(t("page.loading")));
    try {
      const found = await lookUp(text);
      // An answer that was slow is of no interest once something else is looked for.
      if (mine === searches && !signal.aborted) put(results, found);
    } catch (error) {
      if (mine === searches && !signal.aborted) put(results, problemNotice(error, { retry: search, retryLabel: t("page.again") }));
    }
  }

  async function lookUp(text) {
    // A text that cannot be an order's number, or a sku, is refused there and found nowhere.
    const ask = (address, params, pick) =>
      api.get(address, { query: params, signal }).then(pick, (error) => {
        if (error.mayPass ?? true) throw error;
        return [];
      });
    const sees = may("reservations:read", "reservations:write") && !isBound;
    const [exact, named, coded, byReference, byCode, byOwner] = await Promise.all([
      ask("/v1/items", { sku: text }, (answer) => answer.items),
      isBound
        ? who.locations?.length
          ? ask(path`/v1/locations/${who.locations[0]}/availability`, { q: text, limit: SHOWN }, (answer) => answer.availability)
          : []
        : ask("/v1/availability", { q: text, limit: SHOWN }, (answer) => answer.items),
      /^\d{8,14}$/.test(text) ? ask("/v1/aliases", { codeSystem: "gtin", code: text }, (answer) => answer.aliases) : [],
      sees ? ask("/v1/reservations", { reference: text, limit: SHOWN }, (answer) => answer.reservations) : [],
      sees && /^[A-Za-z0-9]{4,12}$/.test(text)
        ? ask("/v1/reservations", { pickupCode: text, limit: SHOWN }, (answer) => answer.reservations)
        : [],
      sees ? ask("/v1/reservations", { owner: text, limit: SHOWN }, (answer) => answer.reservations) : [],
    ]);
    const items = new Map();
    for (const one of exact) items.set(one.sku, { sku: one.sku, name: one.name });
    const meant = coded.length ? await ask("/v1/items", { sku: coded.map((one) => one.sku) }, (answer) => answer.items) : [];
    for (const one of meant) items.set(one.sku, { sku: one.sku, name: one.name });
    for (const one of named) items.set(one.sku, one);
    const stores = allPlaces()
      .filter((place) => `${place.name} ${place.id}`.toLowerCase().includes(text.toLowerCase()))
      .slice(0, SHOWN);
    const orders = new Map([...byReference, ...byCode, ...byOwner].map((one) => [one.id, one]));
    const found = [
      items.size ? section(word("items"), h("ul", { class: "list" }, [...items.values()].map(itemRow))) : null,
      orders.size ? section(word("orders"), h("ul", { class: "list" }, [...orders.values()].map(orderRow))) : null,
      stores.length ? section(word("stores"), h("ul", { class: "list" }, stores.map(placeRow))) : null,
    ].filter(Boolean);
    return found.length ? found : emptyState(word("nothing", { text }));
  }

  await search();
  return h("div", { class: "stack" }, partHead(word("title"), word("lead")), form, results);
}

const itemRow = (item) =>
  h(
    "li",
    {},
    h(
      "a",
      { class: "card line-card", href: to("items", item.sku) },
      h("span", { class: "line-main" }, h("strong", {}, item.name), h("span", { class: "soft small-text" }, item.sku)),
      item.availableToSell === undefined
        ? null
        : h(
            "span",
            { class: "row" },
            h("span", { class: "number" }, word("toSell", { n: item.availableToSell })),
            bandBadge(item.band),
          ),
    ),
  );

const orderRow = (row) =>
  h(
    "li",
    {},
    h(
      "a",
      { class: "card line-card", href: to("promises", row.id) },
      h(
        "span",
        { class: "line-main" },
        h("strong", {}, row.reference ?? row.id),
        h("span", { class: "soft small-text" }, [row.owner, placeName(row.location)].filter(Boolean).join(" · ")),
      ),
      stateBadges(row),
    ),
  );
