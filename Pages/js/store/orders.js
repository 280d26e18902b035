// The lists of a store's promises: to pick, ready, arrived, late. And the way from a pickup code to the order.
import { announce, emptyState, h, keyed, loading, problemNotice, put } from "../dom.js";
import { t } from "../texts.js";
import { ago } from "../time.js";
import { read } from "./data.js";
import { isUncollected, order } from "./order.js";
import { events, pendingFor } from "./outbox.js";
import { codeField } from "./scan.js";

/** A page of a list; more are read when asked for. */
const PAGE = 50;
const CODE = /^[A-Za-z0-9]{4,12}$/;

/** What each list asks for. An order that could not be found in full stays with those to pick, at their end. */
export const lists = {
  pick: { state: ["confirmed", "notFound"] },
  ready: { state: ["ready"] },
  arrived: { arrived: true, state: ["open"] },
  late: { overdue: true },
};

/** Orders that are ready and that nobody came for in time: somebody has to call, or to put them back. */
async function uncollected(store) {
  const { data } = await firstPage("ready", store);
  return data.reservations.filter(isUncollected);
}

const firstPage = (name, store) => read("/v1/reservations", { location: store.id, ...lists[name], limit: PAGE, includeTotal: true });

/**
 * How many there are, for the tabs: `{ pick, ready, arrived, late }`; null where that is not known. It reads the lists
 * themselves, so that each is on the device when the network goes, whether or not somebody has looked at it.
 */
export async function countOrders(store) {
  const entries = await Promise.all(Object.keys(lists).map(async (name) => {
    try {
      const { data } = await firstPage(name, store);
      return [name, name === "late" ? data.total + (await uncollected(store)).length : data.total];
    } catch {
      return [name, null];
    }
  }));
  return Object.fromEntries(entries);
}

export function ordersView(name, { store, who, argument, go, changed }) {
  const list = h("ul", { class: "list orders" });
  const state = h("div", {});
  const more = h("div", {});
  const found = h("div", { class: "stack" });
  let cursor = null;
  let shown = [];
  let reading = 0;
  // What was found by its code is shown once, at the top.
  let foundIds = new Set();

  const handover = name === "ready" || name === "arrived"
    ? codeField({ label: t("store.code.label"), placeholder: t("store.code.placeholder"), submit: t("store.code.submit"), onCode: byCode })
    : null;

  const draw = () => {
    const make = (reservation) => h("li", {}, order(reservation, { store, who, list: name, go, done: refresh }));
    const sameness = (one) => JSON.stringify([one, pendingFor(one.id).map((entry) => entry.seq)], (key, value) => (key === "asOf" ? undefined : value));
    keyed(list, shown.filter((one) => !foundIds.has(one.id)), { key: (one) => one.id, make, sameness });
    if (!shown.length && !state.childElementCount) put(state, emptyState(t(`store.${name}.empty`)));
    put(more, cursor ? h("button", { class: "button wide", type: "button", on: { click: () => load(true) } }, t("store.moreOrders")) : null);
  };

  async function load(next = false) {
    const turn = (reading += 1);
    if (!shown.length) put(state, loading(t("page.loading")));
    try {
      const { data, at, isOld } = next && cursor
        ? await read("/v1/reservations", { location: store.id, ...lists[name], limit: PAGE, cursor })
        : await firstPage(name, store);
      const all = name === "late" && !next ? [...data.reservations, ...(await uncollected(store))] : data.reservations;
      if (turn !== reading) return;
      const orders = all.map((one) => ours(one, store)).filter(Boolean);
      // What is to be picked comes before what was looked for and not found.
      if (name === "pick") orders.sort((one, other) => (one.state === "notFound") - (other.state === "notFound"));
      shown = next ? [...shown, ...orders] : orders;
      cursor = data.nextCursor;
      put(state, isOld ? h("p", { class: "notice", data: { tone: "warn" } }, t("store.old", { age: ago(new Date(at).toISOString()) })) : null);
      draw();
    } catch (error) {
      if (turn === reading) put(state, problemNotice(error, { retry: () => load(), retryLabel: t("page.again") }));
    }
  }

  function refresh() {
    changed();
    put(found);
    foundIds = new Set();
    return load();
  }

  async function byCode(code) {
    const text = code.trim().toUpperCase();
    if (!CODE.test(text)) return put(found, h("p", { class: "notice", data: { tone: "warn" }, role: "alert" }, t("store.code.notOne")));
    put(found, loading(t("page.loading")));
    foundIds = new Set();
    try {
      const orders = await ofCode(text, store);
      if (!orders.length) return put(found, h("p", { class: "notice", data: { tone: "warn" }, role: "alert" }, t("store.code.unknown", { code: text })));
      put(found, h("h2", {}, t("store.code.found", { code: text })), orders.map((one) => order(ours(one, store) ?? one, { store, who, list: "code", go, done: refresh })));
      foundIds = new Set(orders.map((one) => one.id));
      draw();
      found.querySelector("button")?.focus();
      announce(t("store.code.found", { code: text }));
    } catch (error) {
      put(found, problemNotice(error));
    }
  }

  const listen = new AbortController();
  events.addEventListener("change", draw, { signal: listen.signal });
  events.addEventListener("sent", () => load(), { signal: listen.signal });
  load();
  if (argument && handover) {
    handover.input.value = argument;
    byCode(argument);
  }
  return {
    element: h("div", { class: "stack" }, h("h2", { class: "visually-hidden" }, t(`store.tab.${name}`)), handover?.element, found, state, list, more),
    refresh: () => load(),
    scanned: handover ? (code) => ((handover.input.value = code), byCode(code)) : (code) => go("ready", code),
    end: () => listen.abort(),
  };
}

/** The open orders with a code. Without a network: of those this device has seen. */
async function ofCode(code, store) {
  const { data, isOld } = await read("/v1/reservations", { pickupCode: code, state: ["open"] }).catch(async (error) => {
    if (!error.mayPass) throw error;
    const seen = await Promise.all(Object.keys(lists).map((name) =>
      firstPage(name, store).catch(() => ({ data: { reservations: [] } }))));
    const known = new Map(seen.flatMap((one) => one.data.reservations).map((one) => [one.id, one]));
    return { data: { reservations: [...known.values()].filter((one) => one.pickup?.code === code) }, isOld: true };
  });
  return isOld ? data.reservations.filter((one) => one.pickup?.code === code) : data.reservations;
}

/** An order with the lines that are this store's to do; null where none is left. */
function ours(reservation, store) {
  const lines = reservation.lines
    .map((line) => ({ ...line, allocations: line.allocations.filter((one) => one.location === store.id) }))
    .filter((line) => line.allocations.length);
  return lines.length ? { ...reservation, lines } : null;
}
