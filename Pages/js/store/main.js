// The page of one store, for its associates.
import { api, path } from "../api.js";
import { emptyState, h, keyed, openDialog, problemNotice, put } from "../dom.js";
import { lastWho, may } from "../signin.js";
import { startPage } from "../page.js";
import { t } from "../texts.js";
import { ago } from "../time.js";
import { answers } from "./db.js";
import { connection, read } from "./data.js";
import { SOURCE, countView, keepCountList } from "./count.js";
import { findView } from "./find.js";
import { countOrders, ordersView } from "./orders.js";
import { discard, events, isOfAnother, leftAllTheSame, pending, recordSold, retry, send, startOutbox } from "./outbox.js";
import { listenToScanner } from "./scan.js";

/** Lists are read again so often while somebody looks at them, in milliseconds. */
const REFRESH_MS = 15_000;
/** After an event the lists are read at most so often, in milliseconds. */
const NUDGE_MS = 1_500;
const LAST = "holdfast.store.last";
/** Stores shown to choose from. */
const STORES_MAX = 1_000;

const storeId = decodeURIComponent(location.pathname.split("/")[2] ?? "");

/** A tab needs one of these scopes. */
const tabs = [
  { name: "find", scopes: ["availability:read"] },
  { name: "pick", scopes: ["reservations:read", "reservations:write"], counted: true },
  { name: "ready", scopes: ["reservations:read", "reservations:write"], counted: true },
  { name: "arrived", scopes: ["reservations:read", "reservations:write"], counted: true },
  { name: "late", scopes: ["reservations:read", "reservations:write"], counted: true },
  { name: "count", scopes: ["counts:write", "availability:read"] },
];

if ("serviceWorker" in navigator && storeId) navigator.serviceWorker.register("/worker.js", { scope: "/store" }).catch(() => {});

startPage({
  current: "store", title: storeId || t("store.choose.title"), needs: ["availability:read"],
  extra: storeId ? h("span", { id: "store-name", class: "store-name" }, storeId) : null,
  offline: lastWho,
  run: (page) => (storeId ? storePage(page) : choosePage(page)),
});

async function storePage({ who, main }) {
  document.body.classList.add("has-tabs");
  let store;
  try {
    store = (await read(path`/v1/locations/${storeId}`)).data;
  } catch (error) {
    return put(main, problemNotice(error), h("p", {}, h("a", { href: "/store" }, t("store.choose.title"))));
  }
  localStorage.setItem(LAST, storeId);
  document.title = `${store.name} · Holdfast`;
  put(document.getElementById("store-name"), store.name);
  await answers.sweep().catch(() => {});

  const seen = tabs.filter((tab) => may(who, ...tab.scopes));
  const counts = new Map(seen.filter((tab) => tab.counted).map((tab) => [tab.name, h("span", { class: "count", hidden: true })]));
  const nav = h("nav", { class: "tabs store-tabs", "aria-label": t("store.tabs") }, seen.map((tab) =>
    h("a", { href: `#${tab.name}`, data: { tab: tab.name } }, h("span", { class: "tab-icon", "aria-hidden": "true" }), h("span", {}, t(`store.tab.${tab.name}`)), counts.get(tab.name))));
  const body = h("div", {});
  put(main, h("h1", { class: "visually-hidden" }, store.name), statusBar(store, who), storeNotices(store), nav, body);

  let view = null;
  const go = (name, argument) => {
    const hash = `#${name}${argument ? `/${encodeURIComponent(argument)}` : ""}`;
    if (location.hash === hash) show();
    else location.hash = hash;
  };
  const recount = async () => {
    if (!counts.size) return;
    for (const [name, count] of Object.entries(await countOrders(store))) {
      const element = counts.get(name);
      if (!element) continue;
      element.hidden = !count;
      put(element, h("span", { class: "visually-hidden" }, t("store.tabCount")), count === null ? "" : String(count));
    }
  };
  const show = () => {
    const [name, argument] = location.hash.slice(1).split("/");
    const tab = seen.find((one) => one.name === name) ?? seen[0];
    for (const link of nav.children) {
      if (link.dataset.tab === tab.name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    view?.end?.();
    const context = { store, who, argument: argument ? decodeURIComponent(argument) : null, go, changed: recount };
    view = tab.name === "find" ? findView(context) : tab.name === "count" ? countView(context) : ordersView(tab.name, context);
    put(body, view.element);
  };
  addEventListener("hashchange", () => {
    show();
    scrollTo(0, 0);
  });
  listenToScanner((code) => view.scanned?.(code));
  events.addEventListener("sent", recount);
  await startOutbox(who);
  show();
  recount();
  if (seen.some((tab) => tab.name === "count")) keepCountList(store);

  const refresh = () => {
    if (document.hidden) return;
    view?.refresh?.();
    recount();
  };
  setInterval(refresh, REFRESH_MS);
  document.addEventListener("visibilitychange", refresh);
  addEventListener("online", refresh);
  // Whoever may follow the feed sees changes at once; for all others they come with the next look.
  if (may(who, "events:read")) follow(store, refresh);
}

function follow(store, refresh) {
  let timer = null;
  const nudge = () => (timer ??= setTimeout(() => ((timer = null), refresh()), NUDGE_MS));
  const types = ["created", "confirmed", "ready", "moved", "arrived", "fulfilled", "released", "expired", "notFound", "atRisk", "covered"];
  api.stream("/v1/event-stream", { query: { location: store.id, types: types.map((type) => `reservation.${type}`).join(",") }, onEvent: nudge });
}

/** How fresh what is shown is, and what waits to be sent. */
function statusBar(store, who) {
  const text = h("span", {});
  const waiting = h("button", { class: "link-button", type: "button", hidden: true, on: { click: () => outboxDialog(store, who) } });
  const bar = h("div", { class: "sync", role: "status" }, h("span", { class: "sync-mark", "aria-hidden": "true" }), h("span", { class: "sync-text" }, text, " ", waiting));
  const draw = () => {
    const refused = pending().filter((entry) => entry.state === "refused").length;
    const left = pending().length - refused;
    bar.dataset.tone = refused ? "bad" : connection.isUp ? "ok" : "warn";
    const age = connection.since ? ago(new Date(connection.since).toISOString()) : null;
    const words = connection.isUp ? t("store.sync.up") : age ? t("store.sync.down", { age }) : t("store.sync.never");
    if (text.textContent !== words) put(text, words);
    waiting.hidden = !pending().length;
    const more = refused ? t("store.sync.refused", { n: refused }) : t("store.sync.waiting", { n: left });
    if (waiting.textContent !== more) put(waiting, more);
  };
  connection.addEventListener("change", draw);
  events.addEventListener("change", draw);
  setInterval(draw, 5_000);
  draw();
  return bar;
}

function outboxDialog(store, who) {
  const list = h("ul", { class: "list" });
  const draw = () => {
    keyed(list, pending(), { key: (entry) => entry.seq, sameness: (entry) => entry.state, make: (entry) => h("li", { class: "notice", data: { tone: entry.state === "refused" ? "bad" : "info" } },
      h("strong", {}, entry.label), h("p", { class: "small-text" }, t("store.outbox.entered"), " ", ago(entry.createdAt)),
      isOfAnother(entry) ? h("p", {}, t("store.outbox.other", { by: entry.by ?? "" })) : null,
      entry.problem ? h("p", {}, leftAllTheSame(entry) ? t("store.outbox.ended") : entry.problem.detail) : null,
      entry.state === "refused" ? h("div", { class: "row" },
        leftAllTheSame(entry) && may(who, "movements:write")
          ? h("button", { class: "button small primary", type: "button", on: { click: () => recordSold(entry, store.id, who.sources?.[0] ?? SOURCE) } }, t("store.outbox.sold"))
          : h("button", { class: "button small", type: "button", on: { click: () => retry(entry) } }, t("page.again")),
        h("button", { class: "button small danger", type: "button", on: { click: () => discard(entry) } }, t("store.outbox.discard"))) : null) });
    if (!pending().length) put(list, h("li", {}, emptyState(t("store.outbox.empty"))));
  };
  const listen = new AbortController();
  events.addEventListener("change", draw, { signal: listen.signal });
  draw();
  openDialog({
    title: t("store.outbox.title"), body: [h("p", { class: "soft" }, t("store.outbox.hint")), list],
    actions: [{ label: t("store.outbox.send"), run: () => send() }, { label: t("store.done"), kind: "primary" }],
  }).finally(() => listen.abort());
}

/** What everybody in the store should know before they promise anything. */
function storeNotices(store) {
  const notice = (tone, text) => h("p", { class: "notice", data: { tone } }, text);
  return [
    store.status === "active" ? null : notice("warn", t(`store.notice.${store.status}`)),
    store.mode === "shadow" ? notice("info", t("store.notice.shadow")) : null,
    store.silent ? notice("warn", t("store.notice.silent", { age: ago(store.silentSince) })) : null,
  ];
}

/** `/store` without a store: the last one, and all to choose from. */
async function choosePage({ who, main }) {
  const last = localStorage.getItem(LAST);
  const list = h("ul", { class: "list" });
  const filter = h("input", { id: "filter", class: "input", type: "search", autocomplete: "off" });
  put(main, h("div", { class: "stack" }, h("h1", {}, t("store.choose.title")), h("div", { class: "field" }, h("label", { for: "filter" }, t("store.choose.filter")), filter), list));
  let stores;
  try {
    stores = who.locations
      ? await Promise.all(who.locations.slice(0, STORES_MAX).map((id) => api.get(path`/v1/locations/${id}`)))
      : (await read("/v1/locations", { limit: STORES_MAX })).data.locations;
  } catch (error) {
    return put(list, h("li", {}, problemNotice(error)));
  }
  stores = stores.filter((one) => one.status !== "closed");
  if (who.locations?.length === 1) return location.replace(`/store/${encodeURIComponent(who.locations[0])}`);
  stores.sort((one, other) => (other.id === last) - (one.id === last) || one.name.localeCompare(other.name, "en", { numeric: true }));
  const draw = () => {
    const text = filter.value.trim().toLowerCase();
    const fitting = stores.filter((one) => `${one.name} ${one.id}`.toLowerCase().includes(text));
    keyed(list, fitting, { key: (one) => one.id, make: (one) => h("li", {}, h("a", { class: "card match", href: `/store/${encodeURIComponent(one.id)}` },
      h("span", { class: "match-name" }, one.name), h("span", { class: "soft small-text code" }, one.id), one.id === last ? h("span", { class: "badge", data: { tone: "info" } }, t("store.choose.last")) : null)) });
    if (!fitting.length) put(list, h("li", {}, emptyState(t("store.choose.none"))));
  };
  filter.addEventListener("input", draw);
  draw();
}
