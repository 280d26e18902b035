// The four figures that say how the night goes; the menu and the overview show them.
import { api } from "../api.js";
import { may } from "../signin.js";

/** The menu and the overview ask at the same time: one answer serves both for so long, in milliseconds. */
const FRESH_MS = 500;
let asked = 0;
let answer = null;

/** `{ silent, exceptions, atRisk, late, types }`; null for what the caller may not ask for. Each is one small question. */
export function readCounts(who) {
  if (!answer || Date.now() - asked > FRESH_MS) {
    asked = Date.now();
    answer = read(who);
  }
  return answer;
}

async function read(who) {
  const one = (promise, pick) => promise.then(pick, () => null);
  const location = who.locations?.[0];
  const total = (address, query) =>
    one(
      api.get(address, { query: { ...query, ...(location ? { location } : {}), limit: 1, includeTotal: true } }),
      (answer) => answer.total,
    );
  const [silent, summary, atRisk, late] = await Promise.all([
    who.locations ? null : total("/v1/locations", { silent: true }),
    may(who, "availability:read", "exceptions:write")
      ? one(api.get("/v1/exceptions/summary", { query: { location } }), (answer) => answer)
      : null,
    may(who, "reservations:read", "reservations:write") ? total("/v1/reservations", { atRisk: true }) : null,
    !who.locations && may(who, "availability:read", "transfers:write") ? total("/v1/transfers", { overdue: true }) : null,
  ]);
  return { silent, exceptions: summary?.total ?? null, types: summary?.types ?? [], atRisk, late };
}
