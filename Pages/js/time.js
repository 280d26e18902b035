// Times as the people of a store see them: in the store's zone, and as ages.
import { h } from "./dom.js";
import { t } from "./texts.js";

const language = "en-GB";
/** Ages on the page are brought up to date so often, in milliseconds. */
const TICK_MS = 10_000;
const formats = new Map();

function format(zone, options) {
  const key = JSON.stringify([zone, options]);
  if (!formats.has(key)) {
    try {
      formats.set(key, new Intl.DateTimeFormat(language, { timeZone: zone, ...options }));
    } catch {
      // A zone that this browser has never heard of.
      formats.set(key, new Intl.DateTimeFormat(language, { timeZone: "UTC", timeZoneName: "short", ...options }));
    }
  }
  return formats.get(key);
}

const day = { weekday: "short", day: "numeric", month: "short" };
const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const dayNumber = (date, zone) => format(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(date);

/** "14:05" today, "Sat 28 Nov, 14:05" on another day, with the year when it is another one. `zone`: IANA; default this device's. */
export function atTime(iso, zone) {
  if (!iso) return "–";
  const date = new Date(iso);
  const now = new Date();
  const time = format(zone, clock).format(date);
  if (dayNumber(date, zone) === dayNumber(now, zone)) return time;
  const isThisYear = date.getFullYear() === now.getFullYear();
  return `${format(zone, isThisYear ? day : { ...day, year: "numeric" }).format(date)}, ${time}`;
}

/** In full, for tooltips: "Saturday 28 November 2026 at 14:05:31 EST". */
export const inFull = (iso, zone) =>
  iso ? format(zone, { dateStyle: "full", timeStyle: "long" }).format(new Date(iso)) : "–";

const units = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** A length of time in its greatest unit: "42 minutes", "3 hours", "a moment" below ten seconds. */
export function duration(seconds) {
  const length = Math.abs(seconds);
  if (length < 10) return t("time.moment");
  // 90 minutes say more than "1 hour".
  const [unit, size] = units.find(([name, size]) => length >= size * (name === "second" || name === "minute" ? 1 : 2)) ?? units[3];
  const count = Math.floor(length / size);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

/** "42 minutes ago", "in 3 hours", "just now". */
export function ago(iso, now = Date.now()) {
  if (!iso) return t("time.never");
  const seconds = (now - Date.parse(iso)) / 1_000;
  if (Math.abs(seconds) < 10) return t("time.now");
  return t(seconds > 0 ? "time.ago" : "time.in", { age: duration(seconds) });
}

/** A `<time>` with the moment in words, and in full when pointed at. */
export const timeElement = (iso, zone) =>
  iso ? h("time", { datetime: iso, title: inFull(iso, zone) }, atTime(iso, zone)) : h("span", {}, "–");

/** A `<time>` with its age, which keeps itself up to date while it is on the page. */
export const ageElement = (iso, zone) =>
  iso ? h("time", { datetime: iso, title: inFull(iso, zone), data: { age: "" } }, ago(iso)) : h("span", {}, t("time.never"));

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-age]")) {
    const text = ago(element.dateTime);
    if (element.textContent !== text) element.textContent = text;
  }
}, TICK_MS);
