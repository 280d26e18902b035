// Stores that are tried beside their old system: how often the two agreed, day by day, and whether they are ready to go live.
import { announce, badge, emptyState, h, put } from "../dom.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { allPlaces, placeName, placeOf, readPlaces } from "./places.js";
import { ask, field, partHead, percent, section } from "./ui.js";
import { plainTable } from "./list.js";
import { setQuery, to } from "./router.js";

const word = words("shadow");
const DAYS = 14;
const DAY_MS = 86_400_000;
/** What integration guides ask for; the reader may ask for another. */
const TARGET_PERCENT = 2;
/** A store with fewer compared figures than this has not been tried. */
const COMPARED_MIN = 100;
/** Stores that are looked at one by one. */
const STORES_MAX = 20;

export default async function shadow({ who, query, live, signal, may }) {
  const one = query.get("location") ?? "";
  let target = Number(query.get("target") ?? TARGET_PERCENT) || TARGET_PERCENT;
  const body = h("div", { class: "stack" });
  const from = new Date(Date.now() - (DAYS - 1) * DAY_MS).toISOString().slice(0, 10);

  async function refresh() {
    await readPlaces(who, { signal });
    const places = one
      ? [placeOf(one)].filter(Boolean)
      : allPlaces()
          .filter((place) => place.mode === "shadow")
          .slice(0, STORES_MAX);
    const reports = await Promise.all(
      places.map((place) => api.get(path`/v1/locations/${place.id}/discrepancies`, { query: { from }, signal })),
    );
    if (signal.aborted) return;
    put(
      body,
      places.length
        ? reports.map((report) => storeCard(report))
        : emptyState(word("none"), h("p", { class: "small-text" }, word("noneMore"))),
    );
  }

  function storeCard({ location, mode, days, total }) {
    const enough = total.compared >= COMPARED_MIN;
    const good = total.rate !== null && total.rate * 100 <= target;
    const verdict =
      total.rate === null
        ? badge(word("nothing"), "info")
        : !enough
          ? badge(word("few", { n: total.compared }), "info")
          : good
            ? badge(word("ready"), "ok")
            : badge(word("notReady"), "warn");
    return h(
      "article",
      { class: "card stack" },
      h(
        "div",
        { class: "row spread" },
        h("h2", {}, h("a", { href: to("stores", location) }, placeName(location))),
        h("div", { class: "row" }, badge(named("mode", mode), mode === "live" ? "ok" : "info"), verdict),
      ),
      h(
        "p",
        {},
        total.rate === null
          ? word("sentenceNone", { days: DAYS })
          : word("sentence", { rate: percent(total.rate), compared: total.compared, units: total.unitsOff, days: DAYS }),
      ),
      h(
        "details",
        {},
        h("summary", {}, word("byDay")),
        plainTable({
          caption: word("byDay"),
          rows: days.filter((day) => day.compared).reverse(),
          columns: [
            { label: word("day"), cell: (day) => day.date },
            { label: word("compared"), number: true, cell: (day) => number(day.compared) },
            { label: word("matched"), number: true, cell: (day) => number(day.matched) },
            { label: word("explained"), number: true, cell: (day) => number(day.explained) },
            { label: word("discrepant"), number: true, cell: (day) => number(day.discrepant) },
            { label: word("unitsOff"), number: true, cell: (day) => number(day.unitsOff) },
            { label: word("rate"), number: true, cell: (day) => percent(day.rate) },
          ],
        }),
      ),
      h(
        "div",
        { class: "row" },
        h("a", { class: "button small", href: to("reconciliations", { location }) }, word("comparisons")),
        h(
          "a",
          { class: "button small", href: to("exceptions", { location, type: "reconciliationVariance" }) },
          word("differences"),
        ),
        may("catalog:write") && mode === "shadow"
          ? button(word("goLive"), () => goLive(location, good && enough), good && enough ? "small primary" : "small")
          : null,
      ),
    );
  }

  const goLive = (location, isReady) =>
    ask({
      title: word("goLiveTitle", { name: placeName(location) }),
      lead: isReady ? word("goLiveLead") : word("goLiveEarly", { target }),
      action: word("goLive"),
      danger: !isReady,
      submit: async () => {
        await api.patch(path`/v1/locations/${location}`, { body: { mode: "live" } });
        announce(word("isLive", { name: placeName(location) }));
        await refresh();
      },
    });

  await refresh();
  live.on(["exception.", "count."], refresh, { signal, wait: 2_000 });
  return h(
    "div",
    { class: "stack" },
    partHead(word("title"), word("lead", { days: DAYS })),
    h(
      "div",
      { class: "toolbar" },
      field({
        name: "target",
        label: word("target"),
        kind: "number",
        min: 0,
        max: 100,
        step: 0.1,
        value: String(target),
        on: { change: (event) => ((target = Number(event.target.value) || TARGET_PERCENT), setQuery({ target }), refresh()) },
      }),
    ),
    one ? section(word("oneStore"), h("p", {}, h("a", { href: to("shadow") }, word("allStores")))) : null,
    body,
  );
}
