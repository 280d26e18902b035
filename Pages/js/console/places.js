// Stores by id: their names, zones and coordinates, which nearly every part shows. Read once, and again when told to.
import { api, path } from "../api.js";

/** A map of more stores than these would show nothing; whoever has more finds them by their id. */
export const PLACES_MAX = 2_000;
const PAGE = 500;
/** A client that is bound to more locations than these gets the first. */
const BOUND_MAX = 100;

let known = new Map();
let complete = true;
let readAt = 0;

/** Reads the stores that `who` may see. @returns whether these are all. */
export async function readPlaces(who, { signal } = {}) {
  const read = new Map();
  complete = true;
  if (who.locations) {
    const ids = who.locations.slice(0, BOUND_MAX);
    complete = ids.length === who.locations.length;
    for (const place of await Promise.all(ids.map((id) => api.get(path`/v1/locations/${id}`, { signal }))))
      read.set(place.id, place);
  } else {
    for await (const page of api.pages("/v1/locations", { query: { limit: PAGE }, signal })) {
      for (const place of page.locations) read.set(place.id, place);
      if (read.size >= PLACES_MAX && page.nextCursor) {
        complete = false;
        break;
      }
    }
  }
  known = read;
  readAt = Date.now();
  return complete;
}

/** All that were read, in the order of their ids. */
export const allPlaces = () => [...known.values()];
/** Whether they were read in the last `ms` milliseconds. */
export const areFresh = (ms) => Date.now() - readAt < ms;
export const isComplete = () => complete;
export const placeOf = (id) => known.get(id) ?? null;
export const zoneOf = (id) => known.get(id)?.timeZone;

/** "Seawall Road", or the id where no name is known. */
export const placeName = (id) => (id === null || id === undefined ? "–" : (known.get(id)?.name ?? id));

const EARTH_KM = 6_371.0088;
const radians = (degrees) => (degrees * Math.PI) / 180;

/** Kilometres between two stores, as the service measures them; null where one has no coordinates. */
export function kilometres(from, to) {
  const a = known.get(from)?.coordinates;
  const b = known.get(to)?.coordinates;
  if (!a || !b) return null;
  const height = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2;
  const width = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  const share = height + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * width;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(share)));
}

/** "live", "silent", "paused", "closed", "shadow" or "unheard": what a store's mark on the map and in lists says. */
export function placeState(place) {
  if (place.status !== "active") return place.status;
  if (place.silent) return "silent";
  if (place.mode === "shadow") return "shadow";
  return place.lastHeardAt ? "live" : "unheard";
}

/** The most urgent first: silent ones, those heard longest ago, those never heard, then what was stopped on purpose. */
const RANKS = { silent: 0, live: 1, shadow: 1, unheard: 2, paused: 3, closed: 4 };
export function byLastWord(a, b) {
  const rank = RANKS[placeState(a)] - RANKS[placeState(b)];
  return rank || (a.lastHeardAt ?? "").localeCompare(b.lastHeardAt ?? "") || a.id.localeCompare(b.id);
}
