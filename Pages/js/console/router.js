// Which part of the console an address shows. Addresses are real paths, so that one can be sent to a colleague.
import { h } from "../dom.js";

const ROOT = "/console";

/** Each route loads its part when it is first opened; `{name}` takes one segment. The first one that fits is shown. */
const routes = [
  ["", "overview"],
  ["stores", "stores"],
  ["stores/{id}", "store"],
  ["exceptions", "exceptions"],
  ["promises", "promises"],
  ["promises/{id}", "promise"],
  ["find", "find"],
  ["items/{sku}", "item"],
  ["items/{sku}/{location}", "balance"],
  ["transfers", "transfers"],
  ["transfers/{id}", "transfer"],
  ["reconciliations", "reconciliations"],
  ["reconciliations/{id}", "reconciliation"],
  ["shadow", "shadow"],
  ["rules", "rules"],
  ["imports", "imports"],
  ["imports/{id}", "import"],
  ["webhooks", "webhooks"],
  ["webhooks/{id}", "webhook"],
  ["proof", "proof"],
  ["keys", "keys"],
  ["audit", "audit"],
].map(([pattern, part]) => ({ part, segments: pattern === "" ? [] : pattern.split("/") }));

/** `{ part, params }` of a path; part is null where nothing is. */
export function match(pathname) {
  const segments = pathname.slice(ROOT.length).split("/").filter(Boolean).map(decoded);
  for (const { part, segments: pattern } of routes) {
    if (pattern.length !== segments.length) continue;
    const params = {};
    const fits = pattern.every((name, index) => {
      if (!name.startsWith("{")) return name === segments[index];
      params[name.slice(1, -1)] = segments[index];
      return true;
    });
    if (fits) return { part, params };
  }
  return { part: null, params: {} };
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A half-pasted address: shown as it is, and found nowhere.
    return segment;
  }
}

/** The address of a part: to("items", sku, location), to("exceptions", { type: "outage" }). */
export function to(...steps) {
  const query = typeof steps.at(-1) === "object" ? steps.pop() : {};
  const search = new URLSearchParams(
    Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== ""),
  );
  const address = [ROOT, ...steps.filter((step) => step !== "").map(encodeURIComponent)].join("/");
  return search.size ? `${address}?${search}` : address;
}

/** A link to a part: link(to("stores"), "Stores"). */
export const link = (address, ...children) => h("a", { href: address }, children);

/** Follows links inside the console without loading the page again; calls `show(location)` now and at each move. */
export function startRouter(show) {
  addEventListener("popstate", () => show());
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("a[href]");
    if (!anchor || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    if (anchor.target || anchor.hasAttribute("download") || anchor.origin !== location.origin) return;
    if (anchor.pathname !== ROOT && !anchor.pathname.startsWith(`${ROOT}/`)) return;
    if (anchor.hash && anchor.pathname === location.pathname) return;
    event.preventDefault();
    go(anchor.href);
  });
  addEventListener("holdfast:go", () => show());
  show();
}

/** Goes to an address of the console. */
export function go(address) {
  history.pushState(null, "", address);
  dispatchEvent(new Event("holdfast:go"));
}

/** Puts what is filtered by into the address, so that it survives a reload, without moving. */
export function setQuery(values) {
  const search = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") search.delete(name);
    else search.set(name, value);
  }
  history.replaceState(null, "", search.size ? `${location.pathname}?${search}` : location.pathname);
}
