// The console for operators: its menu, its live line to the service, and the part that the address names.
import { announce, h, loading, problemNotice, put } from "../dom.js";
import { number, t } from "../texts.js";
import { may } from "../signin.js";
import { startPage } from "../page.js";
import { offline } from "../api.js";
import { words } from "./words.js";
import { match, startRouter, to } from "./router.js";
import { startLive } from "./live.js";
import { readPlaces } from "./places.js";
import { readCounts } from "./counts.js";
import { backLink, partHead } from "./ui.js";

const word = words("menu");

/** The menu. `scopes`: one of them must be there; `bound`: whether a client that is bound to stores may use it. */
export const menu = [
  {
    group: "now",
    parts: [
      { part: "overview", steps: [], scopes: ["availability:read"] },
      { part: "stores", steps: ["stores"], scopes: ["availability:read"], count: "silent" },
      { part: "exceptions", steps: ["exceptions"], scopes: ["availability:read", "exceptions:write"], count: "exceptions" },
      { part: "promises", steps: ["promises"], scopes: ["reservations:read", "reservations:write"], count: "atRisk" },
    ],
  },
  {
    group: "stock",
    parts: [
      { part: "find", steps: ["find"], scopes: ["availability:read"] },
      { part: "transfers", steps: ["transfers"], scopes: ["availability:read", "transfers:write"], count: "late" },
      { part: "reconciliations", steps: ["reconciliations"], scopes: ["availability:read"], unbound: true },
      { part: "shadow", steps: ["shadow"], scopes: ["availability:read"] },
      { part: "rules", steps: ["rules"], scopes: ["availability:read"], unbound: true },
    ],
  },
  {
    group: "data",
    parts: [
      {
        part: "imports",
        steps: ["imports"],
        scopes: ["catalog:write", "movements:write", "counts:write", "rules:write", "transfers:write"],
        unbound: true,
      },
      { part: "webhooks", steps: ["webhooks"], scopes: ["webhooks:manage"], unbound: true },
      { part: "proof", steps: ["proof"], scopes: ["availability:read"], unbound: true },
    ],
  },
  {
    group: "admin",
    parts: [
      { part: "keys", steps: ["keys"], scopes: ["admin"], unbound: true },
      { part: "audit", steps: ["audit"], scopes: ["admin"], unbound: true },
    ],
  },
];

/** Parts that belong to another one's place in the menu, and need what it needs. */
const HOMES = {
  store: "stores",
  promise: "promises",
  item: "find",
  balance: "find",
  transfer: "transfers",
  reconciliation: "reconciliations",
  import: "imports",
  webhook: "webhooks",
};

const entryOf = (part) => menu.flatMap((group) => group.parts).find((entry) => entry.part === (HOMES[part] ?? part));
const isBound = (who) => who.locations !== null || who.sources !== null;
const allowed = (who, entry) => may(who, ...entry.scopes) && !(entry.unbound && isBound(who));

await startPage({
  current: "console",
  title: word("title"),
  extra: liveMark(),
  needs: ["availability:read", "reservations:read", "exceptions:write"],
  run,
});

function liveMark() {
  return h(
    "span",
    { id: "live", class: "live", data: { state: "connecting" } },
    h("span", { class: "live-dot", "aria-hidden": "true" }),
    h("span", { id: "live-text" }, word("connecting")),
  );
}

function showLive(state) {
  const mark = document.getElementById("live");
  if (!mark) return;
  mark.dataset.state = state;
  document.getElementById("live-text").textContent = word(state);
}

async function run({ who, main }) {
  const view = h("div", { class: "part", id: "part" });
  const entries = menu
    .map((group) => ({ ...group, parts: group.parts.filter((entry) => allowed(who, entry)) }))
    .filter((group) => group.parts.length);
  const { node: nav, mark, counted } = navigation(entries);
  put(main, h("div", { class: "console" }, nav, view));
  const live = startLive({ who, onState: showLive });

  const recount = async () => counted(await readCounts(who));
  try {
    await Promise.all([readPlaces(who), recount()]);
  } catch (error) {
    return put(view, problemNotice(error, { retry: () => location.reload(), retryLabel: t("page.again") }));
  }
  live.on(
    [
      "exception.",
      "location.",
      "reservation.atRisk",
      "reservation.covered",
      "reservation.moved",
      "reservation.released",
      "transfer.",
    ],
    recount,
    { wait: 1_000 },
  );

  let end = null;
  let isFirst = true;
  startRouter(async () => {
    end?.abort();
    end = new AbortController();
    const { signal } = end;
    const { part, params } = match(location.pathname);
    const entry = part ? entryOf(part) : null;
    mark(entry?.part);
    put(view, loading(t("page.loading")));
    try {
      if (!entry) throw { title: word("unknown"), detail: word("unknownDetail") };
      if (!allowed(who, entry))
        throw { title: t("page.notAllowed"), detail: t("page.notAllowedDetail", { scopes: entry.scopes.join(", ") }) };
      const { default: module } = await import(`./${part}.js`).catch((error) => {
        // Without a connection there is no telling a part that cannot be fetched from a fault in it.
        throw navigator.onLine ? error : offline();
      });
      if (signal.aborted) return;
      const context = {
        who,
        params,
        live,
        signal,
        query: new URLSearchParams(location.search),
        may: (...scopes) => may(who, ...scopes),
        recount,
        isBound: isBound(who),
      };
      const node = await module(context);
      if (signal.aborted) return;
      put(view, node);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof TypeError) console.error(error);
      const again = () => dispatchEvent(new Event("holdfast:go"));
      // What is not there will not be there on a second try either.
      const retry = error.mayPass ? { retry: again, retryLabel: t("page.again") } : {};
      put(
        view,
        h(
          "div",
          { class: "stack" },
          entry && entry.part !== part ? backLink(to(...entry.steps), word(entry.part)) : null,
          partHead(word(entry?.part ?? "title")),
          problemNotice(error, retry),
        ),
      );
    }
    const title = view.querySelector("h1");
    document.title = `${title?.textContent ?? word("title")} · Holdfast`;
    // The first part is where the reader begins anyway; later ones are told by moving the focus to their title.
    if (!isFirst) {
      scrollTo(0, 0);
      title?.focus({ preventScroll: true });
      if (!title) announce(document.title);
    }
    isFirst = false;
  });
}

function navigation(groups) {
  const links = new Map();
  const counts = new Map();
  const list = groups.map((group) =>
    h(
      "div",
      { class: "menu-group" },
      h("h2", { class: "menu-title" }, word(group.group)),
      h(
        "ul",
        {},
        group.parts.map((entry) => {
          const count = h("span", { class: "count", hidden: true });
          if (entry.count) counts.set(entry.count, count);
          const anchor = h("a", { href: to(...entry.steps) }, h("span", {}, word(entry.part)), count);
          links.set(entry.part, anchor);
          return h("li", {}, anchor);
        }),
      ),
    ),
  );
  const summary = h("summary", {}, word("menu"));
  const details = h("details", { class: "menu", open: true }, summary, h("nav", { "aria-label": word("label") }, list));
  const wide = matchMedia("(min-width: 60rem)");
  // A menu that covers a phone's screen is closed until somebody asks for it.
  const fit = () => (details.open = wide.matches);
  wide.addEventListener("change", fit);
  fit();
  return {
    node: details,
    mark: (part) => {
      for (const [name, anchor] of links) {
        if (name === part) anchor.setAttribute("aria-current", "page");
        else anchor.removeAttribute("aria-current");
      }
      summary.textContent = part ? word(part) : word("menu");
      fit();
    },
    counted: (values) => {
      for (const [name, element] of counts) {
        const value = values[name];
        element.hidden = !value;
        put(element, value ? [number(value), h("span", { class: "visually-hidden" }, ` ${word(`count.${name}`)}`)] : null);
      }
    },
  };
}
