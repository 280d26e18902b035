// What an associate entered and the service has not confirmed yet. It is on the disk before anything is sent, keeps its own
// id for ever, and leaves the disk when the service has answered: so it is sent once, however often that is tried.
import { api, newId, path } from "../api.js";
import { outbox as kept } from "./db.js";
import { connection } from "./data.js";

/** Between tries without an answer: milliseconds, doubled each time. */
const WAIT_MS = 2_000;
const WAIT_MS_MAX = 30_000;
const LOCK = "holdfast-outbox";

let entries = [];
/** Who is signed in: what somebody entered is not sent in the name of somebody else. Null where nobody is asked. */
let me = null;
let wait = WAIT_MS;
let timer = null;
let sending = null;
const waiters = new Map();

/** Fires "change" when entries come, go or are refused, and "sent" (`detail: { entry, answer }`) when one has arrived. */
export const events = new EventTarget();

/** In the order in which they were entered: `{ seq, id, label, subject, state: "waiting" | "refused", problem, createdAt }`. */
export const pending = () => entries;

/** What waits for an object, such as a reservation. */
export const pendingFor = (subject) => entries.filter((entry) => entry.subject === subject && entry.state === "waiting");

const changed = () => events.dispatchEvent(new Event("change"));

/** Whether an entry waits for its author to sign in again. */
export const isOfAnother = (entry) => entry.by !== me;

/** Reads what is on the disk and begins to send it. Call it once. */
export async function startOutbox(who) {
  me = who.actor ?? null;
  entries = await kept.all().catch(() => []);
  changed();
  addEventListener("online", () => send());
  document.addEventListener("visibilitychange", () => document.hidden || send());
  // Another tab of this browser may have sent or added some.
  new BroadcastChannel(LOCK).addEventListener("message", async () => {
    entries = await kept.all().catch(() => entries);
    changed();
  });
  send();
}

const others = new BroadcastChannel(LOCK);

/**
 * Keeps an entry and tries to send it.
 * @param entry `{ label, what, subject, method, path, body, sold }`; `label` names it alone, `what` beside its subject. `body(id)`
 *   is called with the entry's id, to put it in as event id. `sold` are the lines of a handover: see `recordSold`.
 * @returns `{ state: "sent", answer }`, `{ state: "waiting" }` or `{ state: "refused", problem }` after the first try.
 */
export async function enter({ label, what = label, subject, method = "POST", path, body, sold = null }) {
  const id = newId();
  const entry = {
    id, label, what, subject, sold, method, path, body: typeof body === "function" ? body(id) : body, state: "waiting", problem: null, by: me,
    createdAt: new Date().toISOString(),
  };
  entry.seq = await kept.add(entry);
  entries.push(entry);
  changed();
  others.postMessage("added");
  const first = new Promise((resolve) => waiters.set(id, resolve));
  wait = WAIT_MS;
  send();
  return first;
}

/** Tries a refused entry again, or throws it away. */
export async function retry(entry) {
  entry.state = "waiting";
  entry.problem = null;
  await kept.put(entry);
  changed();
  wait = WAIT_MS;
  return send();
}

export async function discard(entry) {
  await remove(entry);
}

async function remove(entry) {
  await kept.delete(entry.seq);
  entries = entries.filter((other) => other.seq !== entry.seq);
  changed();
  others.postMessage("removed");
}

function settle(entry, result) {
  waiters.get(entry.id)?.(result);
  waiters.delete(entry.id);
}

/** Sends what waits, in order, and one at a time over all tabs. Safe to call at any time. */
export function send() {
  clearTimeout(timer);
  sending ??= locked(sendAll).finally(() => (sending = null));
  return sending;
}

// Two tabs that sent one entry would do no harm, since it has its id; the lock only saves the request.
const locked = (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : work());

async function sendAll() {
  for (let entry; (entry = entries.find((one) => one.state === "waiting" && !isOfAnother(one))); ) {
    try {
      const answer = await api.post(entry.path, {
        body: entry.body, headers: entry.path.startsWith("/v1/reservations") ? { "Idempotency-Key": entry.id } : {},
      });
      connection.heard();
      const problem = refusedLine(answer);
      if (problem) {
        await refuse(entry, problem);
        continue;
      }
      await remove(entry);
      settle(entry, { state: "sent", answer });
      events.dispatchEvent(new CustomEvent("sent", { detail: { entry, answer } }));
      wait = WAIT_MS;
    } catch (error) {
      if (!error.mayPass && error.status !== 401) {
        await refuse(entry, { title: error.title, detail: error.detail, code: error.code });
        continue;
      }
      connection.lost();
      for (const one of entries) settle(one, { state: "waiting" });
      timer = setTimeout(send, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, WAIT_MS_MAX);
      return;
    }
  }
}

async function refuse(entry, problem) {
  entry.state = "refused";
  entry.problem = problem;
  await kept.put(entry);
  changed();
  settle(entry, { state: "refused", problem });
}

/** Facts are answered line by line: an answer of 200 may say that a line was not taken. */
function refusedLine(answer) {
  const line = answer?.results?.find((one) => one.verdict === "rejected" || one.verdict === "parked");
  return line ? { title: "", detail: line.problem?.detail ?? "" } : null;
}

/** What is entered about a reservation: `action` is the end of its path, such as "ready". */
export const act = (reservation, action, what, body = {}, more = {}) =>
  enter({ what, subject: reservation.id, path: path`/v1/reservations/${reservation.id}/` + action, body, ...more });

/** Whether an order ended while its handover waited to be sent: the goods are gone all the same, and must be said to be. */
export const leftAllTheSame = (entry) => entry.sold !== null && entry.problem?.code === "reservationNotOpen";

/** Writes such a handover as a sale, which is a fact and never refused; of the same moment. */
export async function recordSold(entry, location, source) {
  await enter({
    label: entry.label, subject: `sold/${entry.id}`, path: "/v1/movements",
    body: (id) => ({ source, lines: entry.sold.map((line, index) => ({
      eventId: `${id}/${index + 1}`, type: "sale", ...line, location, occurredAt: entry.body.occurredAt ?? entry.createdAt })) }),
  });
  await remove(entry);
}
