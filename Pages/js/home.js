// The first page: what runs here, by live figures, and where to go from here.
import { api, path } from "./api.js";
import { badge, h, put } from "./dom.js";
import { startPage } from "./page.js";
import { credential, may, signInAddress } from "./signin.js";
import { number, t } from "./texts.js";
import { ageElement } from "./time.js";

/** Figures are read again so often, in milliseconds. */
const REFRESH_MS = 5_000;
/** Lines of the last minute are counted up to here. */
const LINES_MAX = 1_000;
const ITEMS_MAX = 100;

startPage({ current: "home", title: "", isForAll: true, run });

async function run({ who, main }) {
  const stats = h("div", { class: "stats" });
  const sample = h("div", {});
  put(main, h("div", { class: "stack home" },
    h("header", { class: "hero" }, h("h1", {}, t("home.title")), h("p", { class: "lead" }, t("home.lead"))),
    who ? h("section", { class: "stack", "aria-label": t("home.live") }, stats) : h("p", {}, h("a", { class: "button primary", href: signInAddress("/") }, t("page.signIn")), " ", h("span", { class: "soft" }, t("home.signIn"))),
    sample,
    h("section", { class: "stack", "aria-labelledby": "pages" }, h("h2", { id: "pages" }, t("home.pages")),
      h("ul", { class: "grid places" }, places(who).map(([to, name]) =>
        h("li", {}, h("a", { class: "card place-card", href: to }, h("h3", {}, t(`home.${name}`)), h("p", { class: "soft" }, t(`home.${name}Text`)))))))));
  if (!who || !may(who, "availability:read")) return;
  showSample(sample, who);
  const look = () => document.hidden || showStats(stats, who);
  await look();
  setInterval(look, REFRESH_MS);
  document.addEventListener("visibilitychange", look);
}

const places = (who) => [
  ["/store", "toStore", "availability:read"], ["/console", "toConsole", "availability:read"], ["/docs", "toDocs"], ["/openapi.yaml", "toContract"],
].filter(([, , scope]) => !scope || !who || may(who, scope));

/** Each figure by itself: one that may not be seen, or fails, does not take the others with it. */
async function showStats(stats, who) {
  const total = (address, query) => api.get(address, { query: { ...query, limit: 1, includeTotal: true } }).then((page) => page.total);
  const quietly = (promise) => promise.catch(() => undefined);
  const minuteAgo = new Date(Date.now() - 60_000).toISOString();
  const mayReserve = may(who, "reservations:read", "reservations:write");
  const [stores, silent, lines, open, atRisk, proof] = await Promise.all([
    quietly(total("/v1/locations")), quietly(total("/v1/locations", { silent: true })),
    quietly(api.get("/v1/movements", { query: { from: minuteAgo, limit: LINES_MAX } })),
    mayReserve ? quietly(total("/v1/reservations", { state: "open" })) : undefined,
    mayReserve ? quietly(total("/v1/reservations", { atRisk: true })) : undefined,
    quietly(api.get("/v1/proof")),
  ]);
  put(stats,
    stores === undefined ? null : stat(stores ? (silent ? t("home.of", { n: stores - silent, all: stores }) : number(stores)) : "0",
      stores ? t(silent ? "home.stores" : "home.storesAll") : t("home.storesNone"),
      silent ? h("a", { class: "stat-note", href: "/console/stores" }, badge(t("home.silent", { n: silent }), "warn")) : null),
    lines === undefined ? null : stat(lines.nextCursor ? t("home.more", { n: LINES_MAX }) : number(lines.movements.length), t("home.lines")),
    open === undefined ? null : stat(number(open), t("home.promises"),
      atRisk ? h("a", { class: "stat-note", href: "/console/promises" }, badge(t("home.atRisk", { n: atRisk }), "bad")) : badge(t("home.noRisk"), "ok")),
    proof === undefined ? null : proofStat(proof));
}

const stat = (value, label, note) => h("div", { class: "card stat" }, h("span", { class: "stat-value" }, value), h("span", { class: "stat-label" }, label), note ?? null);

function proofStat(proof) {
  if (proof.proved === null) return stat("–", t("home.proofNone"), h("span", { class: "soft small-text" }, t("home.proofNoneHint")));
  if (!proof.proved) return stat("✕", t("home.proof"), h("a", { class: "stat-note", href: "/console/proof" }, badge(t("home.proofFailed"), "bad")));
  return stat(number(proof.balances), t("home.proof"), h("span", { class: "row small-text soft" }, badge(t("home.proofLines", { n: proof.lines }), "ok"), ageElement(proof.finishedAt)));
}

/** An item that does well, so that the first thing that a newcomer looks into makes sense. */
async function showSample(place, who) {
  let items;
  try {
    ({ items } = await api.get("/v1/availability", { query: { band: "inStock", limit: ITEMS_MAX } }));
  } catch {
    return;
  }
  if (!items.length) return;
  const best = items.reduce((one, other) => (other.availableToSell > one.availableToSell ? other : one));
  await new Promise((resolve) => {
    const script = h("script", { src: "/widget.js", on: { load: resolve, error: resolve } });
    document.head.append(script);
  });
  const widget = h("holdfast-stock", { sku: best.sku });
  const known = credential();
  if (known) widget.key = known.token;
  const store = (await api.get(path`/v1/availability/${best.sku}`, { query: { limit: 1 } }).catch(() => null))?.locations[0]?.location;
  put(place, h("section", { class: "card sample", "aria-labelledby": "sample" },
    h("div", { class: "stack" },
      h("p", { class: "eyebrow" }, t("home.sample")),
      h("h2", { id: "sample" }, best.name), h("p", { class: "soft code" }, best.sku),
      h("div", { class: "row" },
        store && may(who, "availability:read") ? h("a", { class: "button", href: `/store/${encodeURIComponent(store)}#find/${encodeURIComponent(best.sku)}` }, t("home.sampleStore")) : null,
        h("a", { class: "button", href: `/console/items/${encodeURIComponent(best.sku)}` }, t("home.sampleConsole")))),
    h("div", { class: "sample-widget" }, h("p", { class: "soft small-text" }, t("home.sampleHint")), widget)));
}
