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
/** A burst of events reads once; and a chain where something happens all the time is read again so often at most. */
const WAIT_MS = 600;
const REST_MS = 3_000;
/** A balance is one small question, and whoever looks at it waits for it. */
const BALANCE_WAIT_MS = 250;
const BALANCE_REST_MS = 1_500;

/**
 * Starts to follow. `onState(state)` hears "live", "connecting", "lost", or "polling" when the caller may not follow events.
 * @returns `{ on }`: `on(prefixes, run, { signal, wait })` runs after events whose type starts with one of the prefixes.
 */
export function startLive({ who, onState }) {
  const readers = new Set();
  let follows = may(who, "events:read");
  const all = () => readers.forEach((reader) => reader.poke());
  const poll = () => {
    follows = false;
    onState("polling");
  };
  if (follows) {
    let hasBeenLive = false;
    api.stream("/v1/event-stream", {
      query: { types: TYPES },
      onEvent: (_, type) => readers.forEach((reader) => reader.hear(type)),
      onState: (state, detail) => {
        if (state === "lost" && detail?.problem) return poll();
        onState(state);
        if (state === "live" && detail?.missed && hasBeenLive) all();
        if (state === "live") hasBeenLive = true;
      },
    });
  } else {
    poll();
  }
  let last = Date.now();
  setInterval(() => {
    if (document.hidden || Date.now() - last < (follows ? CHECK_MS : 0)) return;
    last = Date.now();
    all();
  }, POLL_MS);
  document.addEventListener("visibilitychange", () => document.hidden || readers.forEach((reader) => reader.look()));
  return { on: (prefixes, run, options = {}) => reader(readers, prefixes, run, options) };
}

/** Follows one item at one location, movements too; calls `run` after a burst. */
export function followBalance({ who, sku, location, run, signal }) {
  const one = reader(new Set(), [""], run, { signal, wait: BALANCE_WAIT_MS, rest: BALANCE_REST_MS });
  const follows = may(who, "events:read");
  const timer = setInterval(() => document.hidden || one.poke(), follows ? CHECK_MS : POLL_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  if (!follows) return;
  api.stream("/v1/event-stream", {
    query: { sku, location },
    signal,
    onEvent: (_, type) => one.hear(type),
    // After a long absence events may have been missed.
    onState: (state, detail) => state === "live" && detail?.missed && one.poke(),
  });
}

function reader(readers, prefixes, run, { signal, wait = WAIT_MS, rest = REST_MS }) {
  let timer = null;
  let done = 0;
  let isRunning = false;
  let isDue = false;
  const poke = () => {
    isDue = true;
    timer ??= setTimeout(turn, Math.max(wait, done + rest - Date.now()));
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
    done = Date.now();
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
