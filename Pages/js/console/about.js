// What an exception says: in a sentence, and with the way to what it is about.
import { h } from "../dom.js";
import { duration } from "../time.js";
import { words } from "./words.js";
import { placeName, placeOf, zoneOf } from "./places.js";
import { humanText, placeLink } from "./ui.js";
import { to } from "./router.js";

const word = words("exceptions");
export const PRIORITY_TONES = { high: "bad", normal: "info", low: "quiet" };

/** What happened, in a sentence. */
export function describe(row) {
  const place = placeOf(row.location);
  if (row.type === "silentLocation" && row.status !== "resolved" && place?.silent && place.lastHeardAt) {
    return word("silent", { name: place.name, age: duration((Date.now() - Date.parse(place.lastHeardAt)) / 1_000) });
  }
  return humanText(row.detail, zoneOf(row.location));
}

/** The line as it was sent, where it could be read as an object. */
export function lineOf(row) {
  try {
    const value = JSON.parse(row.line);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    // A line that was no JSON at all: it is mended as text.
    return null;
  }
}

/** What an exception is about, with the way there. */
export function about(row) {
  const parts = [];
  const meant = row.line && !row.sku ? lineOf(row) : null;
  if (meant?.sku || meant?.code)
    parts.push(
      h("code", {}, String(meant.sku ?? meant.code)),
      meant.location ? [" ", word("at"), " ", placeName(String(meant.location))] : null,
    );
  if (row.sku && row.location)
    parts.push(h("a", { href: to("items", row.sku, row.location) }, row.sku), " ", word("at"), " ", placeLink(row.location));
  else if (row.sku)
    parts.push(["unknownSku"].includes(row.type) ? h("code", {}, row.sku) : h("a", { href: to("items", row.sku) }, row.sku));
  else if (row.code) parts.push(h("code", {}, row.code), row.codeSystem ? ` (${row.codeSystem})` : null);
  else if (row.location) parts.push(row.type === "unknownLocation" ? h("code", {}, row.location) : placeLink(row.location));
  if (row.source)
    parts.push(
      parts.length
        ? h("div", { class: "soft small-text" }, word("from", { source: row.source }))
        : word("from", { source: row.source }),
    );
  if (row.linesWaiting) parts.push(h("div", { class: "small-text" }, word("waiting", { n: row.linesWaiting })));
  return parts.length ? parts : "–";
}
