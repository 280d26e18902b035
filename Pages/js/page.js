// What every page has: its header with the pages that its reader may use, and the way to sign in.
import { h, put, problemNotice, loading } from "./dom.js";
import { t } from "./texts.js";
import { credential, forgetCredential, keepSignedIn, may, signInAddress, whoAmI } from "./signin.js";

const KEEP_SIGNED_IN_MS = 20_000;

/** Whoever may not do one of these has nothing to do on the page. */
const links = [
  { name: "home", to: "/", scopes: [] },
  { name: "store", to: "/store", scopes: ["availability:read"] },
  { name: "console", to: "/console", scopes: ["availability:read"] },
  { name: "docs", to: "/docs", scopes: [] },
];

/** The header. `current` is the name of a link; `extra` comes between name and links (such as a store's name). */
export function header({ current, who, extra, hidesSignIn = false }) {
  const seen = links.filter((link) => !link.scopes.length || (who && may(who, ...link.scopes)));
  const isSignedIn = credential() !== null;
  return h("header", { class: "header" },
    h("a", { class: "skip-link", href: "#main" }, t("page.skip")),
    h("a", { class: "brand", href: "/", "aria-label": t("page.home") }, h("span", { class: "brand-mark", "aria-hidden": "true" }), h("span", { class: "brand-word" }, "Holdfast")),
    extra ?? null,
    h("nav", { class: "nav", "aria-label": t("page.nav") },
      seen.map((link) =>
        h("a", { href: link.to, "aria-current": link.name === current ? "page" : null }, t(`page.${link.name}`)))),
    who?.actor || isSignedIn
      ? h("div", { class: "who" }, h("span", { class: "who-name" }, who?.actor ?? who?.client ?? ""),
          isSignedIn ? h("button", { class: "button quiet small", type: "button", on: { click: signOut } }, t("page.signOut")) : null)
      : who || hidesSignIn ? null : h("a", { class: "button quiet small", href: signInAddress() }, t("page.signIn")));
}

/** What the store page kept to show without a network is gone for the next one; what was entered and not sent stays. */
async function signOut() {
  forgetCredential();
  await import("./store/db.js").then(({ answers }) => answers.clear()).catch(() => {});
  location.assign("/signin");
}

/**
 * Starts a page: finds out who is there, sends whoever has to sign in to do so, draws the header, then calls
 * `run({ who, main })`. `needs`: scopes of which one must be there, or the page says what is missing.
 * @param isForAll shows the page to whoever has not signed in too; `who` is null then.
 * @param offline gives `who` when the service cannot be reached and the page works without it.
 */
export async function startPage({ current, title, extra, needs = [], run, offline, isForAll = false }) {
  document.title = title ? `${title} · Holdfast` : "Holdfast";
  const main = document.getElementById("main");
  const top = document.getElementById("top");
  put(main, loading(t("page.loading")));
  if (!isForAll) addEventListener("holdfast:signed-out", () => location.assign(signInAddress()), { once: true });
  let who;
  try {
    who = await whoAmI();
  } catch (error) {
    if (error.status === 401 && !isForAll) return location.replace(signInAddress());
    who = error.isOffline && offline ? offline() : null;
    if (!who && error.status !== 401) {
      put(top, header({ current, who: null, extra }));
      return put(main, problemNotice(error, { retry: () => location.reload(), retryLabel: t("page.again") }));
    }
  }
  put(top, header({ current, who, extra }));
  setInterval(keepSignedIn, KEEP_SIGNED_IN_MS);
  if (needs.length && !may(who, ...needs)) {
    return put(main, problemNotice({ title: t("page.notAllowed"), detail: t("page.notAllowedDetail", { scopes: needs.join(", ") }) }));
  }
  put(main);
  await run({ who, main });
}
