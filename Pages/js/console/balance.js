// One item at one store: how its figure comes about, what moved, how it went over a month, and what was shown at any instant.
import { h, problemNotice, put } from "../dom.js";
import { ageElement, timeElement } from "../time.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { placeName, zoneOf } from "./places.js";
import { backLink, bandBadge, field, partHead, renew, section, stat } from "./ui.js";
import { plainTable } from "./list.js";
import { setQuery, to } from "./router.js";
import { followBalance } from "./live.js";
import { waterfall } from "./waterfall.js";
import { ledger } from "./ledger.js";
import { history } from "./history.js";
import { showed } from "./showed.js";

const word = words("balance");

export default async function balance({ who, params, query, signal }) {
  const { sku, location } = params;
  const filter = { channel: query.get("channel") ?? "", method: query.get("method") ?? "" };
  const item = await api.get(path`/v1/items/${sku}`, { signal });
  const zone = zoneOf(location);
  const top = h("div", { class: "stack" });
  const isKit = item.components.length > 0;
  // A kit has no stock of its own, so it has no ledger and no past of its own.
  const lines = isKit ? null : history({ sku, location, zone, signal, pick: (at) => past.show(at) });
  const book = isKit ? null : ledger({ sku, location, zone });
  const past = isKit ? null : showed({ sku, location, zone, signal });

  async function refresh() {
    const [answer] = await Promise.all([
      api.get(path`/v1/availability/${sku}/${location}/explain`, { query: filter, signal }),
      lines?.refresh().then(() => book.update(lines.lines(), lines.isComplete())),
    ]);
    if (signal.aborted) return;
    const { availability } = answer;
    renew(top, comparable(answer), () => [
      h(
        "div",
        { class: "row" },
        bandBadge(availability.band),
        h(
          "span",
          { class: "soft" },
          word("heard"),
          " ",
          ageElement(availability.lastHeardAt, zone),
          " · ",
          availability.lastCountedAt ? [word("counted"), " ", ageElement(availability.lastCountedAt, zone)] : word("neverCounted"),
        ),
      ),
      h(
        "div",
        { class: "figures" },
        stat(word("toSell"), number(availability.availableToSell), { tone: availability.availableToSell > 0 ? "ok" : "bad" }),
        isKit
          ? null
          : stat(word("onHand"), number(availability.onHand), {
              tone: availability.onHand < 0 ? "bad" : undefined,
              note: availability.onHand < 0 ? word("below") : null,
            }),
        isKit
          ? null
          : stat(word("reserved"), number(availability.reserved), {
              note: availability.shortfall ? word("shortfall", { n: availability.shortfall }) : null,
              tone: availability.shortfall ? "bad" : undefined,
            }),
        isKit ? null : stat(word("inbound"), number(availability.inTransit)),
        notForSale(availability),
      ),
      section(
        word("why"),
        filters,
        trouble,
        answer.obstacles.length
          ? h(
              "div",
              { class: "notice", data: { tone: "warn" } },
              h("strong", {}, word("obstacles")),
              h(
                "ul",
                {},
                answer.obstacles.map((one) => h("li", {}, named("obstacle", one))),
              ),
            )
          : null,
        waterfall(answer.terms),
        behind(answer),
      ),
    ]);
  }

  const filters = h(
    "div",
    { class: "toolbar" },
    field({
      name: "channel",
      label: word("channel"),
      value: filter.channel,
      placeholder: word("anyChannel"),
      maxlength: 64,
      on: { change: (event) => choose({ channel: event.target.value.trim() }) },
    }),
    field({
      name: "method",
      label: word("method"),
      kind: "select",
      value: filter.method,
      options: [
        ["", word("anyMethod")],
        ["pickup", named("method", "pickup")],
        ["ship", named("method", "ship")],
      ],
      on: { change: (event) => choose({ method: event.target.value }) },
    }),
  );
  const trouble = h("div", {});
  const choose = async (change) => {
    Object.assign(filter, change);
    setQuery(filter);
    try {
      await refresh();
      put(trouble);
    } catch (error) {
      if (!signal.aborted) put(trouble, problemNotice(error));
    }
  };

  await refresh();
  followBalance({ who, sku, location, run: refresh, signal });
  return h(
    "div",
    { class: "stack" },
    backLink(to("items", sku), word("back", { name: item.name })),
    partHead(word("title", { item: item.name, store: placeName(location) }), [
      h("code", {}, sku),
      " ",
      word("at"),
      " ",
      h("a", { href: to("stores", location) }, placeName(location)),
    ]),
    top,
    ...(isKit
      ? []
      : [section(word("history"), lines.node), section(word("showed"), past.node), section(word("ledger"), book.node)]),
  );
}

/** What is there and never for sale. */
function notForSale(availability) {
  const parts = ["damaged", "inspection", "suspect"]
    .filter((bucket) => availability[bucket])
    .map((bucket) => `${number(availability[bucket])} ${named("bucket", bucket)}`);
  return parts.length
    ? stat(
        word("notForSale"),
        number(["damaged", "inspection", "suspect"].reduce((sum, bucket) => sum + availability[bucket], 0)),
        { note: parts.join(", ") },
      )
    : null;
}

/** The rules and promises behind the figure. */
function behind(answer) {
  const { safetyStockRule, threshold, ringFences, holds, components, rulesPassedOver } = answer;
  return [
    h(
      "ul",
      { class: "plain" },
      safetyStockRule ? h("li", {}, word("safetyRule", { id: safetyStockRule.id, n: safetyStockRule.units })) : null,
      ringFences.map((fence) =>
        h(
          "li",
          {},
          word(fence.isOwn ? "ownFence" : "fence", { id: fence.id, channel: fence.channel ?? word("everybody"), n: fence.rest }),
        ),
      ),
      threshold ? h("li", {}, word("threshold", { id: threshold.id, n: threshold.units })) : null,
      rulesPassedOver.length
        ? h(
            "li",
            {},
            h(
              "details",
              {},
              h("summary", {}, word("passedOver", { n: rulesPassedOver.length })),
              h(
                "ul",
                {},
                rulesPassedOver.map(({ kind, rule }) => h("li", {}, `${named("ruleKind", kind)} `, h("code", {}, rule.id))),
              ),
            ),
          )
        : null,
    ),
    holds.length
      ? plainTable({
          caption: word("holds"),
          rows: holds,
          columns: [
            {
              label: word("order"),
              cell: (row) => h("a", { href: to("promises", row.reservation) }, row.reference ?? row.owner ?? row.reservation),
            },
            { label: word("units"), number: true, cell: (row) => number(row.quantity) },
            { label: word("state"), cell: (row) => named("reservation", row.state) },
            { label: word("channel"), cell: (row) => row.channel ?? "–" },
            { label: word("until"), cell: (row) => (row.expiresAt ? timeElement(row.expiresAt) : word("noEnd")) },
            {
              label: word("uncovered"),
              number: true,
              cell: (row) => (row.uncoveredQuantity ? h("span", { class: "bad-text" }, number(row.uncoveredQuantity)) : "0"),
            },
          ],
        })
      : null,
    components.length
      ? plainTable({
          caption: word("components"),
          rows: components,
          columns: [
            { label: word("component"), cell: (row) => h("a", { href: to("items", row.sku) }, row.sku) },
            { label: word("each"), number: true, cell: (row) => number(row.quantity) },
            { label: word("toSell"), number: true, cell: (row) => number(row.availableToSell) },
          ],
        })
      : null,
  ];
}

/** What makes a difference to whoever reads: not the instant of the answer. */
const comparable = ({ asOf, availability: { asOf: at, lagSeconds, ...figures }, ...rest }) => [figures, rest];
