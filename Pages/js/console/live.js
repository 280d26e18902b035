// One stream for the whole console: parts say which events make them read again.
import { api } from "../api.js";
import { may } from "../signin.js";

/** What changes slowly enough to follow for a whole chain. Movements are not in it: a balance has a stream of its own. */
const TYPES = [
  "exception.opened",
  "exception.assigned",
  "exception.resolved",
  "location.silent",
  "location.heard",
  "reservation.created",
  "reservation.confirmed",
  "reservation.atRisk",
  "reservation.covered",
  "reservation.moved",
  "reservation.changed",
  "reservation.fulfilled",
  "reservation.released",
  "reservation.expired",
  "reservation.notFound",
  "transfer.created",
  "transfer.shipped",
  "transfer.received",
  "transfer.closed",
  "transfer.cancelled",
  "count.recorded",
  "proof.failed",
].join(",");
/** Whoever may not follow events reads again so often, in milliseconds; the others this often in case an event says too little. */
const POLL_MS = 20_000;
const CHECK_MS = 60_000;
/** A burst of events reads once. */
const WAIT_MS = 600;

/**
 * Starts to follow. `onState(state)` hears "live", "connecting", "lost", or "polling" when the caller may not follow events.
 * @returns `{ on }`: `on(prefixes, run, { signal, wait })` runs after events whose type starts with one of the prefixes.
 */
export function startLive({ who, onState }) {
  const readers = new Set();
  const follows = may(who, "events:read");
  const all = () => readers.forEach((reader) => reader.poke());
  if (follows) {
    let hasBeenLive = false;
    api.stream("/v1/event-stream", {
      query: { types: TYPES },
      onEvent: (event, type) => readers.forEach((reader) => reader.hear(type)),
      onState: (state, detail) => {
        if (state === "lost" && detail?.problem) return onState("polling");
        onState(state);
        if (state === "live" && detail?.missed && hasBeenLive) all();
        if (state === "live") hasBeenLive = true;
      },
    });
  } else {
    onState("polling");
  }
  setInterval(() => document.hidden || all(), follows ? CHECK_MS : POLL_MS);
  document.addEventListener("visibilitychange", () => document.hidden || readers.forEach((reader) => reader.look()));
  return { on: (prefixes, run, options = {}) => reader(readers, prefixes, run, options) };
}

/** Follows one item at one location, movements too; calls `run` after a burst. */
export function followBalance({ who, sku, location, run, signal }) {
  if (!may(who, "events:read")) {
    const timer = setInterval(() => document.hidden || run(), POLL_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    return;
  }
  const readers = new Set();
  const one = reader(readers, [""], run, { signal, wait: 250 });
  api.stream("/v1/event-stream", { query: { sku, location }, signal, onEvent: (event, type) => one.hear(type) });
}

function reader(readers, prefixes, run, { signal, wait = WAIT_MS }) {
  let timer = null;
  let isRunning = false;
  let isDue = false;
  const poke = () => {
    isDue = true;
    timer ??= setTimeout(turn, wait);
  };
  const turn = async () => {
    timer = null;
    // A page that nobody looks at reads when somebody does.
    if (isRunning || document.hidden) return;
    isRunning = true;
    isDue = false;
    try {
      await run();
    } catch (error) {
      if (!signal?.aborted) console.error(error);
    }
    isRunning = false;
    if (isDue) poke();
  };
  const one = {
    poke,
    hear: (type) => prefixes.some((prefix) => type.startsWith(prefix)) && poke(),
    look: () => isDue && poke(),
  };
  readers.add(one);
  signal?.addEventListener("abort", () => (readers.delete(one), clearTimeout(timer)), { once: true });
  return one;
}
