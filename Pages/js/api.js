// The public API, as any client would call it. Pages have no other way to the data, so they see what their caller may see.
import { credential, forgetCredential, refreshedCredential } from "./signin.js";

/** A request may take so long before it counts as failed; an answer on a weak network takes seconds, not minutes. */
const TIMEOUT_MS = 30_000;
/** How often a GET that was told "too many" or "busy" is sent again, and the longest wait before it, in milliseconds. */
const RETRIES_MAX = 2;
const RETRY_WAIT_MS_MAX = 5_000;
/** The service sends a heartbeat every 15 seconds: a stream that says nothing for three of them is gone. */
const STREAM_SILENCE_MS = 45_000;
const STREAM_WAIT_MS = 1_000;
const STREAM_WAIT_MS_MAX = 30_000;

/** What the service answered instead of what was asked for: its problem document (RFC 9457), or that it was not reached. */
export class ApiProblem extends Error {
  /** @param {object} problem type, title, status, code, detail, and errors with pointers; status 0: not reached. */
  constructor(problem) {
    super(problem.detail || problem.title || "The request failed.");
    this.name = "ApiProblem";
    this.problem = problem;
    this.status = problem.status ?? 0;
    this.code = problem.code ?? null;
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    this.errors = problem.errors ?? [];
  }

  /** Whether the service was never reached, so that the same request may be sent again later. */
  get isOffline() {
    return this.status === 0;
  }

  /** Whether sending the same thing again later may go better: not reached, too many, or busy. */
  get mayPass() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** A new id, for `Idempotency-Key` and event ids. Works without TLS too, where `crypto.randomUUID` is missing. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A path with its values escaped: path`/v1/items/${sku}`. */
export function path(parts, ...values) {
  return parts.reduce((text, part, index) => text + encodeURIComponent(values[index - 1]) + part);
}

/** `path` with a query; values that are null, undefined or "" are left out, and arrays are repeated. */
function address(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") search.append(name, String(one));
    }
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

function authorization() {
  const known = credential();
  return known ? { Authorization: `Bearer ${known.token}` } : {};
}

async function problemOf(answer) {
  try {
    const problem = await answer.json();
    if (problem && typeof problem === "object") return new ApiProblem({ ...problem, status: answer.status });
  } catch {
    // What stands before the service, such as a proxy, answers in its own words.
  }
  return new ApiProblem({ status: answer.status, title: answer.statusText, detail: `The service answered ${answer.status}.` });
}

/** That the service was not reached. */
export const offline = () =>
  new ApiProblem({ status: 0, code: "offline", title: "No connection", detail: "Holdfast cannot be reached right now." });

const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

async function fetched(method, path, { query, body, headers = {}, signal, contentType, timeoutMs = TIMEOUT_MS } = {}) {
  const sent = { Accept: "application/json", ...authorization(), ...headers };
  let content;
  if (body !== undefined) {
    sent["Content-Type"] = contentType ?? (method === "PATCH" ? "application/merge-patch+json" : "application/json");
    content = contentType ? body : JSON.stringify(body);
  }
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(address(path, query), {
      method, headers: sent, body: content, cache: "no-store", credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw offline();
  }
}

async function request(method, path, options = {}) {
  for (let attempt = 0, renewed = false; ; ) {
    const answer = await fetched(method, path, options);
    if (answer.ok) {
      if (answer.status === 204) return null;
      const type = answer.headers.get("Content-Type") ?? "";
      return type.includes("json") ? answer.json() : answer.text();
    }
    if (answer.status === 401 && credential()) {
      if (!renewed && (await refreshedCredential())) {
        renewed = true;
        continue;
      }
      forgetCredential();
      dispatchEvent(new Event("holdfast:signed-out"));
    }
    const wait = Number(answer.headers.get("Retry-After") ?? "1") * 1_000;
    if (method === "GET" && (answer.status === 429 || answer.status === 503) && attempt < RETRIES_MAX && wait <= RETRY_WAIT_MS_MAX) {
      attempt += 1;
      await pause(wait, options.signal);
      continue;
    }
    throw await problemOf(answer);
  }
}

/** Pages of a list, one after the other: `for await (const page of pages("/v1/items"))`. `page` is the answer as it came. */
async function* pages(path, { query = {}, ...options } = {}) {
  let cursor = query.cursor ?? null;
  do {
    const page = await request("GET", path, { ...options, query: { ...query, cursor } });
    yield page;
    cursor = page.nextCursor;
  } while (cursor);
}

/**
 * Follows the feed (`/v1/event-stream`), or any other stream of Server-Sent Events, until `signal` ends it. EventSource
 * cannot send a token, so this reads the stream itself: with `Last-Event-ID`, back-off, and a watch over heartbeats.
 *
 * @param onEvent gets each event's data, parsed, and its type.
 * @param onState gets "connecting", "live" or "lost". With "live" comes `{ missed }`: true when events may have been missed
 *   since the last one, so read again what the page shows. It is true the first time too.
 * @returns a function that ends it.
 */
function stream(path, { query, onEvent, onState = () => {}, signal } = {}) {
  const end = new AbortController();
  signal?.addEventListener("abort", () => end.abort(), { once: true });
  // A page that the browser keeps for "back" must not keep a connection, and goes on when it is shown again.
  let connection = new AbortController();
  let asleep = null;
  addEventListener("pagehide", () => {
    asleep = new Promise((resolve) => addEventListener("pageshow", resolve, { once: true }));
    connection.abort();
  }, { signal: end.signal });
  let lastId = null;

  const follow = async () => {
    onState("connecting");
    const answer = await fetch(address(path, query), {
      headers: { Accept: "text/event-stream", ...authorization(), ...(lastId ? { "Last-Event-ID": lastId } : {}) },
      cache: "no-store", signal: AbortSignal.any([end.signal, connection.signal]),
    });
    if (answer.status === 410) lastId = null;
    if (answer.status === 401) await refreshedCredential();
    if (!answer.ok) throw await problemOf(answer);
    onState("live", { missed: lastId === null });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const silence = setTimeout(() => reader.cancel(), STREAM_SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      const messages = (text + value).split("\n\n");
      text = messages.pop();
      for (const message of messages) receive(message);
    }
  };

  const receive = (message) => {
    let type = "message";
    const data = [];
    for (const line of message.split("\n")) {
      const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
      if (name === "id") lastId = value;
      if (name === "event") type = value;
      if (name === "data") data.push(value);
    }
    // "slow" says that the stream ends, because we read too slowly; the next one begins where this one stopped.
    if (data.length && type !== "slow") onEvent(JSON.parse(data.join("\n")), type);
  };

  (async () => {
    for (let wait = STREAM_WAIT_MS; !end.signal.aborted; wait = Math.min(wait * 2, STREAM_WAIT_MS_MAX)) {
      await asleep;
      asleep = null;
      connection = new AbortController();
      const started = Date.now();
      try {
        await follow();
      } catch (error) {
        if (end.signal.aborted) return;
        if (error instanceof ApiProblem && (error.status === 403 || error.status === 401)) {
          onState("lost", { problem: error });
          return;
        }
      }
      if (end.signal.aborted) return;
      if (Date.now() - started > 60_000) wait = STREAM_WAIT_MS;
      if (asleep) continue;
      onState("lost", {});
      // Not all pages at once.
      await pause(wait * (0.5 + Math.random()), end.signal).catch(() => {});
    }
  })();
  return () => end.abort();
}

/**
 * `api.get("/v1/proof")`, `api.post(path, { query, body, headers, signal })`, and so on: the parsed answer, or an ApiProblem.
 * `body` is sent as JSON; with `contentType` it is sent as it is (text or a Blob, as for imports).
 */
export const api = {
  get: (path, options) => request("GET", path, options),
  post: (path, options) => request("POST", path, options),
  patch: (path, options) => request("PATCH", path, options),
  put: (path, options) => request("PUT", path, options),
  delete: (path, options) => request("DELETE", path, options),
  pages,
  stream,
};
