// One promise: its lines and where their units stand, and what can still be done about it.
import { announce, badge, h } from "../dom.js";
import { ageElement, timeElement } from "../time.js";
import { number } from "../texts.js";
import { api, newId, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { placeName, zoneOf } from "./places.js";
import { ask, backLink, balanceLink, facts, kilometresText, partHead, placeLink, renew, section } from "./ui.js";
import { plainTable } from "./list.js";
import { isPart, moved, OPEN, proposalText, stateBadges, STATE_TONES } from "./promises.js";
import { to } from "./router.js";

const word = words("promise");

export default async function promise({ params, live, signal, may, recount }) {
  const { id } = params;
  const page = h("div", { class: "stack" });

  async function refresh() {
    const row = await api.get(path`/v1/reservations/${id}`, { signal });
    // Proposals come with the list of what is at risk.
    const risk = row.atRisk
      ? await api
          .get("/v1/reservations", { query: { atRisk: true, location: row.location, reference: row.reference, limit: 20 }, signal })
          .catch(() => null)
      : null;
    if (signal.aborted) return;
    const proposals = risk?.reservations.find((one) => one.id === id)?.proposals ?? [];
    const zone = zoneOf(row.location);
    const isOpen = OPEN.includes(row.state) && !row.transfer;
    renew(page, [{ ...row, asOf: null }, proposals], () => [
      backLink(to("promises"), word("back")),
      partHead(
        word("title", { reference: row.reference ?? row.id }),
        null,
        isOpen && may("reservations:write") ? actions(row) : null,
      ),
      stateBadges(row),
      row.atRisk
        ? h(
            "div",
            { class: "notice", data: { tone: "bad" } },
            h("strong", {}, word("uncovered", { n: uncovered(row) })),
            proposals.length
              ? h(
                  "ul",
                  { class: "plain proposals" },
                  proposals.map((proposal) =>
                    h(
                      "li",
                      {},
                      h("span", {}, proposalText(row, proposal)),
                      may("reservations:write")
                        ? button(word("move"), () => take(row, proposal), "small primary")
                        : null,
                      may("reservations:write") && isPart(row, proposal)
                        ? button(word("moveWhole"), () => take(row, { location: proposal.location }), "small")
                        : null,
                    ),
                  ),
                )
              : h("p", {}, word("noProposal")),
          )
        : null,
      facts(
        [word("customer"), row.owner],
        [word("channel"), row.channel],
        [word("method"), named("method", row.method)],
        [word("location"), placeLink(row.location)],
        [word("code"), row.pickup ? h("code", {}, row.pickup.code) : null],
        [word("due"), [timeElement(row.dueAt, zone), " (", ageElement(row.dueAt, zone), ")"]],
        [word("expires"), row.expiresAt ? timeElement(row.expiresAt, zone) : null],
        [word("made"), timeElement(row.createdAt, zone)],
        [
          word("arrived"),
          row.pickup?.arrivedAt
            ? [ageElement(row.pickup.arrivedAt, zone), row.pickup.place ? ` · ${row.pickup.place}` : null]
            : null,
        ],
        [word("transfer"), row.transfer ? h("a", { href: to("transfers", row.transfer) }, row.transfer) : null],
      ),
      section(
        word("lines"),
        plainTable({
          caption: word("lines"),
          rows: row.lines.flatMap((line) => line.allocations.map((allocation) => ({ line, allocation }))),
          columns: [
            {
              label: word("item"),
              cell: ({ allocation }) => [
                balanceLink(allocation.sku, allocation.location, allocation.name ?? allocation.sku),
                h("div", { class: "soft small-text" }, allocation.sku),
              ],
            },
            {
              label: word("location"),
              cell: ({ allocation }) => [
                placeLink(allocation.location),
                allocation.bin ? h("div", { class: "soft small-text" }, word("bin", { bin: allocation.bin })) : null,
              ],
            },
            { label: word("quantity"), number: true, cell: ({ allocation }) => number(allocation.quantity) },
            { label: word("handedOver"), number: true, cell: ({ allocation }) => number(allocation.fulfilled) },
            {
              label: word("missing"),
              number: true,
              cell: ({ allocation }) =>
                allocation.uncoveredQuantity ? h("span", { class: "bad-text" }, number(allocation.uncoveredQuantity)) : "0",
            },
            {
              label: word("state"),
              cell: ({ allocation }) => badge(named("reservation", allocation.state), STATE_TONES[allocation.state]),
            },
          ],
        }),
      ),
      sourcing(row),
    ]);
  }

  const uncovered = (row) => row.lines.flatMap((line) => line.allocations).reduce((sum, one) => sum + one.uncoveredQuantity, 0);

  async function take(row, proposal) {
    await moved(row, proposal);
    announce(word("movedNow", { to: placeName(proposal.location) }));
    await Promise.all([refresh(), recount()]);
  }

  const moveElse = () =>
    ask({
      title: word("moveTitle"),
      lead: word("moveLead"),
      action: word("move"),
      fields: [{ name: "location", label: word("moveTo"), kind: "place", required: true, maxlength: 64 }],
      submit: async ({ location }) => {
        await api.post(path`/v1/reservations/${id}/move`, { body: { location }, headers: { "Idempotency-Key": newId() } });
        announce(word("movedNow", { to: placeName(location) }));
        await Promise.all([refresh(), recount()]);
      },
    });

  const release = (row) =>
    ask({
      title: word("releaseTitle"),
      lead: word("releaseLead"),
      action: word("release"),
      danger: true,
      fields: [{ name: "reason", label: word("reason"), required: true, maxlength: 128 }],
      submit: async ({ reason }) => {
        await api.post(path`/v1/reservations/${id}/release`, {
          body: { reason, ...(row.state === "ready" ? { restock: "pending" } : {}) },
          headers: { "Idempotency-Key": newId() },
        });
        announce(word("releasedNow"));
        await Promise.all([refresh(), recount()]);
      },
    });

  const actions = (row) => [button(word("moveElse"), moveElse), button(word("release"), () => release(row), "danger")];

  await refresh();
  live.on(["reservation."], refresh, { signal });
  return page;
}

/** Why these stores: what the service chose for a parcel, and whom it passed over. */
function sourcing(row) {
  if (!row.sourcing?.shipments.length) return null;
  return section(
    word("sourcing"),
    h(
      "ul",
      {},
      row.sourcing.shipments.map((one) =>
        h(
          "li",
          {},
          placeLink(one.location),
          ` · ${word("units", { n: one.units })}`,
          one.distanceKm === null ? null : ` · ${kilometresText(one.distanceKm)}`,
        ),
      ),
    ),
    row.sourcing.passedOver.length
      ? h(
          "details",
          {},
          h("summary", {}, word("passedOver", { n: row.sourcing.passedOver.length })),
          h(
            "ul",
            {},
            row.sourcing.passedOver.map((one) => h("li", {}, placeLink(one.location), `: ${named("passedOver", one.reason)}`)),
          ),
        )
      : null,
  );
}
