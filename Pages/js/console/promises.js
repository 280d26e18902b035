// Promises that need somebody: without cover, overdue, or at a store that was stopped; with where each could be kept.
import { announce, badge, h, problemNotice, put } from "../dom.js";
import { ageElement, timeElement } from "../time.js";
import { number } from "../texts.js";
import { api, newId, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { allPlaces, kilometres, placeName, placeState, zoneOf } from "./places.js";
import { choices, field, kilometresText, partHead, placeLink, sure } from "./ui.js";
import { pagedTable } from "./list.js";
import { setQuery, to } from "./router.js";

const word = words("promises");
export const STATE_TONES = {
  held: "info",
  confirmed: "info",
  ready: "ok",
  notFound: "bad",
  fulfilled: "ok",
  released: "quiet",
  expired: "quiet",
  closed: "quiet",
};
/** The service proposes where to move for the first so many of a page. */
const PAGE = 50;
const STOPPED_MAX = 30;

/** States in which units of an order still wait for their customer. */
export const OPEN = ["held", "confirmed", "ready", "notFound"];
const VIEWS = {
  risk: { atRisk: true },
  overdue: { overdue: true },
  stopped: { state: "open", proposals: true },
  open: { state: "open" },
};

export default async function promises({ who, query, live, signal, may, recount }) {
  let view = VIEWS[query.get("view")] ? query.get("view") : "risk";
  let location = query.get("location") ?? who.locations?.[0] ?? "";
  const report = h("div", {});
  const canMove = may("reservations:write");
  const bar = h("div", { class: "row" });

  const list = pagedTable({
    caption: word("title"),
    signal,
    page: PAGE,
    sameness: ({ asOf, ...row }) => JSON.stringify(row),
    columns: [
      {
        label: word("order"),
        cell: (row) => [
          h("a", { class: "strong order", href: to("promises", row.id) }, row.reference ?? word("noReference")),
          h("div", { class: "soft small-text" }, row.owner ?? ""),
        ],
      },
      { label: word("what"), class: "wide", cell: (row) => row.lines.map((line) => lineText(line)) },
      {
        label: word("where"),
        cell: (row) => [placeLink(row.location), h("div", { class: "soft small-text" }, named("method", row.method))],
      },
      {
        label: word("due"),
        class: "nowrap",
        cell: (row) => [
          timeElement(row.dueAt, zoneOf(row.location)),
          h("div", { class: "soft small-text" }, ageElement(row.dueAt, zoneOf(row.location))),
        ],
      },
      { label: word("state"), cell: (row) => stateBadges(row) },
      { label: word("proposal"), class: "wide", cell: (row) => proposals(row) },
    ],
    load: async ({ limit, cursor }) => {
      if (view === "stopped" && !location) return { rows: [], nextCursor: null };
      const answer = await api.get("/v1/reservations", {
        query: { ...VIEWS[view], location, limit, cursor, includeTotal: true },
        signal,
      });
      showBar(answer.reservations);
      return { rows: answer.reservations, nextCursor: answer.nextCursor, total: answer.total };
    },
    empty: {
      get text() {
        return view === "stopped" && !location ? word("needsStore") : word(`empty.${view}`);
      },
      get more() {
        return view === "stopped" && !location ? stoppedStores() : null;
      },
    },
  });

  const filters = h(
    "div",
    { class: "stack" },
    choices(
      "view",
      word("view"),
      Object.keys(VIEWS).map((one) => [one, word(`view.${one}`)]),
      view,
      (next) => ((view = next), list.restart()),
    ),
    h(
      "div",
      { class: "toolbar" },
      field({
        name: "location",
        label: word("store"),
        kind: "place",
        value: location,
        placeholder: word("anyStore"),
        on: { change: (event) => ((location = event.target.value.trim()), setQuery({ location }), list.restart()) },
      }),
    ),
  );

  const stoppedStores = () =>
    h(
      "p",
      { class: "row" },
      allPlaces()
        .filter((place) => ["paused", "closed", "shadow"].includes(placeState(place)))
        .slice(0, STOPPED_MAX)
        .map((place) =>
          h("a", { class: "button small", href: to("promises", { view: "stopped", location: place.id }) }, place.name),
        ),
    );

  function proposals(row) {
    if (!row.proposals.length) return row.atRisk ? h("span", { class: "soft" }, word("noProposal")) : "";
    return h(
      "ul",
      { class: "plain proposals" },
      row.proposals.map((proposal) =>
        h(
          "li",
          {},
          h("span", {}, proposalText(row, proposal)),
          canMove
            ? button(word("move"), (event) => move(event.currentTarget, row, proposal), "small primary", {
                "aria-label": word("moveLabel", { order: row.reference ?? row.id, to: placeName(proposal.location) }),
              })
            : null,
          canMove && isPart(row, proposal)
            ? button(word("moveWhole"), (event) => move(event.currentTarget, row, { location: proposal.location }), "small", {
                "aria-label": word("moveWholeLabel", { order: row.reference ?? row.id, to: placeName(proposal.location) }),
              })
            : null,
        ),
      ),
    );
  }

  async function move(pressed, row, proposal) {
    pressed.disabled = true;
    try {
      await moved(row, proposal);
      said("ok", word("moved", { order: row.reference ?? row.id, to: placeName(proposal.location) }));
    } catch (error) {
      put(report, problemNotice(error));
      pressed.disabled = false;
    }
    await Promise.all([list.reload(), recount()]);
  }

  function showBar(rows) {
    const takeable = rows.filter((row) => row.proposals.length);
    put(
      bar,
      canMove && takeable.length > 1
        ? button(word("takeAll", { n: takeable.length }), () => takeAll(takeable))
        : null,
    );
  }

  const takeAll = (rows) =>
    sure(word("takeAll", { n: rows.length }), word("takeAllLead"), word("move"), async () => {
      const failures = [];
      let done = 0;
      // One after the other: each takes units that the next one's proposal may have counted on.
      for (const row of rows) {
        for (const proposal of row.proposals) {
          try {
            await moved(row, proposal);
            done += 1;
          } catch (error) {
            failures.push(`${row.reference ?? row.id}: ${error.detail}`);
          }
        }
      }
      said(failures.length ? "warn" : "ok", word("movedAll", { n: done }), failures);
      await Promise.all([list.reload(), recount()]);
    });

  function said(tone, text, more = []) {
    announce(text);
    put(
      report,
      h(
        "div",
        { class: "notice", data: { tone } },
        h("strong", {}, text),
        more.length
          ? h(
              "ul",
              {},
              more.map((one) => h("li", {}, one)),
            )
          : null,
      ),
    );
  }

  await list.reload();
  live.on(["reservation.", "location."], () => list.reload(), { signal });
  return h("div", { class: "stack" }, partHead(word("title"), word("lead")), filters, report, bar, list.node);
}

/** Whether a proposal would leave some of a pickup behind, so that its customer would have to go to two stores. */
export const isPart = (row, proposal) =>
  row.method === "pickup" &&
  proposal.allocations.reduce((sum, one) => sum + one.quantity, 0) <
    row.lines
      .flatMap((line) => line.allocations)
      .reduce((sum, one) => sum + (OPEN.includes(one.state) ? one.quantity - one.fulfilled - one.released : 0), 0);

/** Takes a proposal; without `allocations`, moves the whole order there. A key of its own, so that a second click or a lost answer moves nothing twice. */
export const moved = (row, proposal) =>
  api.post(path`/v1/reservations/${row.id}/move`, {
    body: { ...(proposal.allocations ? { allocations: proposal.allocations } : {}), location: proposal.location },
    headers: { "Idempotency-Key": keyOf(row, proposal) },
  });

const keys = new Map();
function keyOf(row, proposal) {
  const name = JSON.stringify([row.id, row.version, proposal]);
  if (!keys.has(name)) keys.set(name, newId());
  return keys.get(name);
}

/** "2 × Desk lamp to Store 321, 12 km". */
export function proposalText(row, proposal) {
  const allocations = row.lines.flatMap((line) => line.allocations);
  const what = proposal.allocations.map(({ id, quantity }) => {
    const allocation = allocations.find((one) => one.id === id);
    return `${number(quantity)} × ${allocation?.name ?? allocation?.sku ?? id}`;
  });
  const from = allocations.find((one) => one.id === proposal.allocations[0]?.id)?.location ?? row.location;
  const far = kilometresText(kilometres(from, proposal.location));
  return word("proposalText", { what: what.join(", "), to: placeName(proposal.location) }) + (far ? `, ${far}` : "");
}

function lineText(line) {
  const missing = line.allocations.reduce((sum, one) => sum + one.uncoveredQuantity, 0);
  return h(
    "div",
    {},
    h("a", { href: to("items", line.sku, line.location) }, `${number(line.quantity)} × ${line.name ?? line.sku}`),
    missing ? h("div", { class: "bad-text small-text" }, word("missing", { n: missing })) : null,
  );
}

export const stateBadges = (row) =>
  h(
    "div",
    { class: "row" },
    badge(named("reservation", row.state), STATE_TONES[row.state]),
    row.atRisk ? badge(word("atRisk"), "bad") : null,
  );
