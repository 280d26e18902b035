// Reads for a weak network: what cannot be read now is shown as it was read last, with its age.
import { api } from "../api.js";
import { answers } from "./db.js";

/** On the shop floor an older figure now is worth more than a fresh one in half a minute. Milliseconds. */
const PATIENCE_MS = 8_000;

/**
 * @returns `{ data, at, isOld }`: `at` is when the answer came, in milliseconds; `isOld` says that it is not from now.
 *   Throws an ApiProblem when the service refuses, or is away and nothing was kept.
 */
export async function read(path, query = {}) {
  const key = `${path}?${new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined))}`;
  try {
    const data = await api.get(path, { query, timeoutMs: PATIENCE_MS });
    // Without a place to keep it (a private window) the page works, but not offline.
    await answers.put(key, data).catch(() => {});
    connection.heard();
    return { data, at: Date.now(), isOld: false };
  } catch (error) {
    if (!error.mayPass) throw error;
    connection.lost();
    const kept = await answers.get(key).catch(() => null);
    if (!kept) throw error;
    return { data: kept.data, at: kept.at, isOld: true };
  }
}

/** Whether the service was reached when somebody last tried. Fires "change". */
export const connection = new (class extends EventTarget {
  isUp = true;
  /** When it was last reached, in milliseconds; null for not yet. */
  since = null;

  heard() {
    this.since = Date.now();
    this.#set(true);
  }

  lost() {
    this.#set(false);
  }

  #set(isUp) {
    if (this.isUp === isUp) return;
    this.isUp = isUp;
    this.dispatchEvent(new Event("change"));
  }
})();
