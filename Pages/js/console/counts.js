// The four figures that say how the night goes; the menu and the overview show them.
import { api } from "../api.js";
import { may } from "../signin.js";

/** `{ silent, exceptions, atRisk, late, types }`; null for what the caller may not ask for. Each is one small question. */
export async function readCounts(who, { signal } = {}) {
  const one = (promise, pick) => promise.then(pick, () => null);
  const location = who.locations?.[0];
  const total = (address, query) =>
    one(
      api.get(address, { query: { ...query, ...(location ? { location } : {}), limit: 1, includeTotal: true }, signal }),
      (answer) => answer.total,
    );
  const [silent, summary, atRisk, late] = await Promise.all([
    who.locations ? null : total("/v1/locations", { silent: true }),
    may(who, "availability:read", "exceptions:write")
      ? one(api.get("/v1/exceptions/summary", { query: { location }, signal }), (answer) => answer)
      : null,
    may(who, "reservations:read", "reservations:write") ? total("/v1/reservations", { atRisk: true }) : null,
    !who.locations && may(who, "availability:read", "transfers:write") ? total("/v1/transfers", { overdue: true }) : null,
  ]);
  return { silent, exceptions: summary?.total ?? null, types: summary?.types ?? [], atRisk, late };
}
