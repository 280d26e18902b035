// One item in all stores: where it can be sold, most of it first, and what stands beside it.
import { badge, h } from "../dom.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { placeName } from "./places.js";
import { backLink, bandBadge, field, partHead, section, stat } from "./ui.js";
import { pagedTable } from "./list.js";
import { setQuery, to } from "./router.js";

const word = words("item");
/** The service answers with all stores of an item, up to so many. */
const STORES_MAX = 500;

export default async function item({ params, query, live, signal, isBound, who }) {
  const { sku } = params;
  const [known, aliases] = await Promise.all([
    api.get(path`/v1/items/${sku}`, { signal }),
    api.get("/v1/aliases", { query: { sku, limit: 20 }, signal }).then(
      (answer) => answer.aliases,
      () => [],
    ),
  ]);
  let channel = query.get("channel") ?? "";
  const figures = h("div", { class: "figures" });

  const list = pagedTable({
    caption: word("stores"),
    key: (row) => row.location,
    page: STORES_MAX,
    signal,
    sameness: ({ asOf, lagSeconds, lastHeardAt, ...row }) => JSON.stringify(row),
    columns: [
      {
        label: word("store"),
        cell: (row) => h("a", { href: to("items", sku, row.location, channel ? { channel } : {}) }, placeName(row.location)),
      },
      { label: word("toSell"), number: true, cell: (row) => h("strong", {}, number(row.availableToSell)) },
      { label: word("band"), cell: (row) => (row.eligible ? bandBadge(row.band) : badge(word("notEligible"))) },
      {
        label: word("onHand"),
        number: true,
        cell: (row) => (row.onHand < 0 ? h("span", { class: "bad-text" }, number(row.onHand)) : number(row.onHand)),
      },
      { label: word("reserved"), number: true, cell: (row) => number(row.reserved) },
      { label: word("heldBack"), number: true, cell: (row) => number((row.safetyStock ?? 0) + (row.ringFencedForOthers ?? 0)) },
      { label: word("inbound"), number: true, cell: (row) => number(row.inTransit) },
    ],
    load: async () => {
      if (isBound) {
        const rows = await Promise.all(
          (who.locations ?? []).map((location) =>
            api.get(path`/v1/availability/${sku}/${location}`, { query: { channel }, signal }),
          ),
        );
        return { rows, nextCursor: null };
      }
      const answer = await api.get(path`/v1/availability/${sku}`, { query: { limit: STORES_MAX, channel }, signal });
      figures.replaceChildren(
        stat(word("network"), number(answer.availableToSell), {
          note: word("networkNote", { n: answer.locations.filter((one) => one.availableToSell > 0).length }),
        }),
      );
      return {
        rows: [...answer.locations].sort((a, b) => b.availableToSell - a.availableToSell || a.location.localeCompare(b.location)),
        nextCursor: null,
      };
    },
    empty: { text: word("nowhere") },
  });

  await list.reload();
  live.on(["reservation.", "transfer.", "count."], () => list.reload(), { signal, wait: 1_500 });
  return h(
    "div",
    { class: "stack" },
    backLink(to("find"), word("back")),
    partHead(known.name, h("code", {}, sku)),
    h(
      "div",
      { class: "row" },
      known.status === "active" ? null : badge(named("itemStatus", known.status), "warn"),
      badge(named("unit", known.unit)),
      known.family ? badge(word("family", { family: known.family })) : null,
      Object.entries(known.attributes).map(([name, value]) => badge(`${name}: ${value}`)),
      aliases.map((alias) => badge(`${alias.codeSystem} ${alias.code}${alias.unitsPerCode > 1 ? ` × ${alias.unitsPerCode}` : ""}`)),
    ),
    known.components.length
      ? section(
          word("components"),
          h(
            "ul",
            {},
            known.components.map((one) =>
              h("li", {}, `${number(one.quantity)} × `, h("a", { href: to("items", one.sku) }, one.sku)),
            ),
          ),
        )
      : null,
    figures,
    section(
      word("stores"),
      h(
        "div",
        { class: "toolbar" },
        field({
          name: "channel",
          label: word("channel"),
          value: channel,
          placeholder: word("anyChannel"),
          maxlength: 64,
          on: { change: (event) => ((channel = event.target.value.trim()), setQuery({ channel }), list.restart()) },
        }),
      ),
      list.node,
    ),
  );
}
