// The endless-aisle card: what of an item is here, in other sizes, nearby, to be sent, and on its way.
import { badge, h } from "../dom.js";
import { may } from "../signin.js";
import { number, t } from "../texts.js";
import { ageElement, ago, atTime, timeElement } from "../time.js";
import { bandBadge } from "./find.js";
import { holdDialog, shipDialog } from "./promise.js";

const attributesOf = (attributes) => Object.values(attributes ?? {}).join(" · ");

export function card({ card, bin, at, isOld, store, who, go, reload }) {
  const { item, here } = card;
  const canPromise = may(who, "reservations:write");
  // Whoever is bound to stores sees these alone, and the service ships from all.
  const isHereAlone = card.isOfHereAlone || who.locations?.length === 1;
  const hold = (location, name, available) => holdDialog({ item, location, name, available, store, go }).then((made) => made && reload());
  return h("article", { class: "stack aisle", "aria-labelledby": "item-name" },
    h("div", { class: "aisle-head" },
      h("h2", { id: "item-name", class: "item-name" }, item.name),
      h("p", { class: "soft" }, h("span", { class: "code" }, item.sku), attributesOf(item.attributes) ? ` · ${attributesOf(item.attributes)}` : ""),
      item.status === "stopSale" ? h("p", { class: "notice", data: { tone: "bad" } }, t("store.card.stopSale")) : null,
      item.status === "discontinued" ? badge(t("store.card.discontinued"), "warn") : null,
      isOld ? h("p", { class: "notice", data: { tone: "warn" } }, t("store.card.old", { age: ago(new Date(at).toISOString()) })) : null),
    hereCard(here, bin, store, canPromise && here.availableToSell > 0 ? () => hold(store.id, store.name, here.availableToSell) : null),
    card.variants.length ? variants(card.variants, go) : null,
    isHereAlone ? h("p", { class: "soft" }, t("store.card.hereAlone")) : nearby(card.stores, store, canPromise ? hold : null),
    isHereAlone || who.locations ? null : shipping(card, store, canPromise ? () => shipDialog({ item, available: card.shipFromUnits, store, go }).then((made) => made && reload()) : null),
    inbound(card.inbound, store));
}

function hereCard(here, bin, store, hold) {
  const held = (here.safetyStock ?? 0) + (here.ringFencedForOthers ?? 0);
  return h("section", { class: "card here", "aria-labelledby": "here" },
    h("div", { class: "row spread" }, h("h3", { id: "here" }, t("store.card.here")), bandBadge(here.band)),
    h("p", { class: "here-figure" }, h("span", { class: "stat-value" }, number(here.availableToSell)), " ", t("store.card.toSell", { n: here.availableToSell ?? 0 })),
    bin ? h("p", { class: "bin-line" }, t("store.card.bin"), " ", h("strong", { class: "bin" }, bin)) : null,
    here.onHand === null ? null : h("p", { class: "soft" }, [
      t("store.card.onHand", { n: here.onHand }),
      here.reserved ? t("store.card.reserved", { n: here.reserved }) : null,
      held ? t("store.card.heldBack", { n: held }) : null,
      here.suspect ? t("store.card.suspect", { n: here.suspect }) : null,
    ].filter(Boolean).join(" · ")),
    h("p", { class: "soft small-text" },
      here.lastCountedAt ? [t("store.card.counted"), " ", ageElement(here.lastCountedAt, store.timeZone)] : t("store.card.neverCounted"),
      here.lastHeardAt ? [" · ", t("store.card.heard"), " ", ageElement(here.lastHeardAt, store.timeZone)] : null),
    hold ? h("button", { class: "button primary", type: "button", on: { click: hold } }, t("store.card.holdHere")) : null);
}

function variants(variants, go) {
  return h("section", { class: "stack", "aria-labelledby": "variants" },
    h("h3", { id: "variants" }, t("store.card.variants")),
    h("ul", { class: "variants" }, variants.map((variant) =>
      h("li", {}, h("button", { class: "variant", type: "button", on: { click: () => go("find", variant.sku) } },
        h("span", { class: "variant-name" }, attributesOf(variant.attributes) || variant.name),
        h("span", { class: "row" }, bandBadge(variant.band), h("span", { class: "small-text soft" }, t("store.card.variantHere", { n: variant.availableToSell }))),
        variant.availableToSell === 0 && variant.stores.length
          ? h("span", { class: "small-text soft" }, t("store.card.variantNear", { name: variant.stores[0].name, n: variant.stores[0].availableToSell })) : null)))));
}

/** "Open until 20:00", "Opens Sat 28 Nov, 09:00"; null where hours are not known. */
export function opening(place, zone) {
  if (place.isOpen === null || place.isOpen === undefined) return null;
  if (place.isOpen) return place.closesAt ? t("store.open.until", { time: atTime(place.closesAt, zone) }) : t("store.open.now");
  return place.opensAt ? t("store.open.from", { time: atTime(place.opensAt, zone) }) : t("store.open.closed");
}

export const distance = (km) => (km === null || km === undefined ? null : t("store.km", { km: km < 10 ? km.toFixed(1) : Math.round(km) }));

function nearby(stores, store, hold) {
  return h("section", { class: "stack", "aria-labelledby": "near" },
    h("h3", { id: "near" }, t("store.card.near")),
    stores.length ? h("ul", { class: "list" }, stores.map((place) =>
      h("li", { class: "card place" },
        h("div", { class: "place-text" },
          h("strong", {}, place.name),
          h("span", { class: "soft small-text" }, [distance(place.distanceKm), opening(place, store.timeZone)].filter(Boolean).join(" · ")),
          h("span", { class: "row small-text" }, bandBadge(place.availability.band), t("store.card.has", { n: place.availability.availableToSell }),
            place.readyBy ? h("span", {}, t("store.card.readyBy"), " ", timeElement(place.readyBy, store.timeZone)) : null)),
        hold ? h("button", { class: "button primary", type: "button", "aria-label": t("store.card.holdAt", { name: place.name }),
          on: { click: () => hold(place.location, place.name, place.availability.availableToSell) } }, t("store.card.holdThere")) : null)))
      : h("p", { class: "soft" }, t("store.card.nowhere")));
}

function shipping(card, store, ship) {
  return h("section", { class: "card place", "aria-labelledby": "ship" },
    h("div", { class: "place-text" },
      h("h3", { id: "ship" }, t("store.card.ship")),
      h("span", { class: "soft" }, card.shipFromUnits > 0
        ? t("store.card.shipFrom", { n: card.shipFromUnits, name: card.shipFrom[0]?.name ?? "" }) : t("store.card.shipNone"))),
    ship && card.shipFromUnits > 0 ? h("button", { class: "button", type: "button", on: { click: ship } }, t("store.card.shipButton")) : null);
}

function inbound(inbound, store) {
  if (!inbound.length) return null;
  return h("section", { class: "stack", "aria-labelledby": "inbound" },
    h("h3", { id: "inbound" }, t("store.card.inbound")),
    h("ul", { class: "plain" }, inbound.map((one) =>
      h("li", {}, t("store.card.inboundLine", { n: one.quantity, place: one.location === store.id ? t("store.card.hereWord") : one.location }), " ",
        one.expectedAt ? [t("store.card.expected"), " ", timeElement(one.expectedAt, store.timeZone)] : t("store.card.noDate")))));
}
