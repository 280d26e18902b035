// What to count next, and a field for what was seen. A count is a fact: it is kept at once, with the moment it was made.
import { path } from "../api.js";
import { announce, emptyState, h, keyed, loading, problemNotice, put } from "../dom.js";
import { may } from "../signin.js";
import { number, t } from "../texts.js";
import { ageElement, ago } from "../time.js";
import { read } from "./data.js";
import { enter, events, pendingFor } from "./outbox.js";

const LIMIT = 25;
const QUANTITY_MAX = 1_000_000_000;
/** Whose facts these are. One source for all stores: who counted is the actor of the ledger line. */
export const SOURCE = "store-page";

const countList = (store) => read(path`/v1/locations/${store.id}/count-list`, { limit: LIMIT });

/** So that it is on the device when the network goes. */
export const keepCountList = (store) => countList(store).catch(() => {});

export function countView({ store, who, go }) {
  const state = h("div", {});
  const list = h("ul", { class: "list" });
  let items = [];

  const draw = () => keyed(list, items, {
    key: (item) => item.sku, sameness: (item) => JSON.stringify([item, pendingFor(`count/${item.sku}`).length]),
    make: (item) => h("li", {}, countCard(item, store, who, done)),
  });

  const done = (sku) => {
    items = items.filter((item) => item.sku !== sku);
    draw();
    if (!items.length) put(state, emptyState(t("store.count.empty")));
  };

  async function load() {
    if (!items.length) put(state, loading(t("page.loading")));
    try {
      const { data, at, isOld } = await countList(store);
      const waiting = new Set(data.items.map((item) => item.sku).filter((sku) => pendingFor(`count/${sku}`).length));
      // Not while somebody types: what they count must stay where it is.
      if (list.contains(document.activeElement) && list.querySelector("input:focus")?.value) return;
      items = data.items.filter((item) => !waiting.has(item.sku));
      put(state, isOld ? h("p", { class: "notice", data: { tone: "warn" } }, t("store.old", { age: ago(new Date(at).toISOString()) })) : null,
        items.length ? null : emptyState(t("store.count.empty")));
      draw();
    } catch (error) {
      put(state, problemNotice(error, { retry: load, retryLabel: t("page.again") }));
    }
  }

  const listen = new AbortController();
  events.addEventListener("change", draw, { signal: listen.signal });
  load();
  return {
    element: h("div", { class: "stack" }, h("h2", {}, t("store.count.title")), h("p", { class: "soft" }, t("store.count.hint")), state, list),
    refresh: load,
    scanned(code) {
      const input = list.querySelector(`[data-key="${CSS.escape(code)}"] input`);
      if (input) input.focus();
      else go("find", code);
    },
    end: () => listen.abort(),
  };
}

function countCard(item, store, who, done) {
  const id = `count-${item.rank}`;
  const input = h("input", { id, class: "input", type: "number", inputmode: "numeric", min: "0", max: String(QUANTITY_MAX), step: "1", required: true, placeholder: t("store.count.placeholder") });
  const failure = h("p", { class: "small-text failure", role: "alert" });
  const form = h("form", { class: "count-form", on: { submit: async (event) => {
    event.preventDefault();
    const quantity = Number(input.value);
    event.submitter.disabled = true;
    const label = t("store.count.label", { n: quantity, name: item.name });
    const result = await enterCount(item.sku, quantity, label, store, who);
    event.submitter.disabled = false;
    if (result.state === "refused") return put(failure, result.problem.detail);
    announce(t(result.state === "sent" ? "store.sent" : "store.kept", { what: label }));
    done(item.sku);
  } } },
  h("label", { for: id, class: "visually-hidden" }, t("store.count.field", { name: item.name })), input, h("button", { class: "button primary", type: "submit" }, t("store.count.submit")));
  return h("article", { class: "card count-card", "aria-label": item.name },
    h("div", { class: "count-text" },
      h("h3", {}, item.name, h("span", { class: "soft small-text code" }, ` ${item.sku}`)),
      h("p", { class: "soft small-text" }, reason(item)),
      // That it was never counted is a reason, and said above.
      h("p", { class: "small-text" }, t("store.count.book", { n: number(item.onHand) }),
        item.lastCountedAt ? [" · ", t("store.card.counted"), " ", ageElement(item.lastCountedAt, store.timeZone)] : null)),
    may(who, "counts:write") ? form : null, failure);
}

/** The first of its reasons; the service gives them in the order of their weight. */
function reason(item) {
  const first = item.reason.split("; ")[0];
  const missing = /(\d+) units? (?:was|were) not found$/.exec(first);
  if (missing) return t("store.count.missing", { n: Number(missing[1]) });
  return first.replace(/^./, (letter) => letter.toUpperCase());
}

export const enterCount = (sku, quantity, label, store, who) =>
  enter({
    label, subject: `count/${sku}`, path: "/v1/counts",
    body: (id) => ({ source: who.sources?.[0] ?? SOURCE, eventId: id, location: store.id, countedAt: new Date().toISOString(), lines: [{ sku, quantity }] }),
  });
