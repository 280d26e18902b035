// Stores by when they were last heard: on a map and as a list.
import { badge, emptyState, h, keyed, put } from "../dom.js";
import { ageElement } from "../time.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { allPlaces, areFresh, byLastWord, isComplete, placeState, PLACES_MAX, readPlaces } from "./places.js";
import { choices, field, partHead, sendLink } from "./ui.js";
import { setQuery, to } from "./router.js";
import { storeMap } from "./map.js";

const word = words("stores");
/** The list begins with so many; the rest comes when asked for. */
const SHOWN = 20;
/** Stores that were read for the menu a moment ago are not read again. */
const FRESH_MS = 3_000;
export const TONES = { live: "ok", silent: "bad", paused: "warn", closed: "quiet", shadow: "info", unheard: "quiet" };
const STATES = ["", "silent", "live", "shadow", "paused", "unheard"];

export default async function stores({ who, live, signal, query }) {
  let state = query.get("state") ?? "";
  let text = query.get("q") ?? "";
  let shown = SHOWN;
  const map = storeMap();
  const list = h("ul", { class: "list" });
  const note = h("p", { class: "soft small-text", role: "status" });
  const chips = h("div", {});
  const more = button(word("more"), () => ((shown += SHOWN), show()));
  const find = field({
    name: "q",
    label: word("find"),
    kind: "search",
    value: text,
    on: { input: (event) => ((text = event.target.value), setQuery({ q: text }), show()) },
  });

  const fits = (place) =>
    (!state || placeState(place) === state) && (!text || `${place.name} ${place.id}`.toLowerCase().includes(text.toLowerCase()));

  function show() {
    const rows = allPlaces().filter(fits).sort(byLastWord);
    keyed(list, rows.slice(0, shown), { key: (place) => place.id, make: placeRow });
    more.hidden = rows.length <= shown;
    put(note, rows.length ? word("count", { n: rows.length }) : null, isComplete() ? null : ` ${word("bound", { n: PLACES_MAX })}`);
    if (!rows.length) put(list, h("li", {}, noStores()));
  }

  const noStores = () =>
    allPlaces().length ? emptyState(word("none")) : emptyState(word("noStores"), h("p", {}, sendLink("locations", word("toImports"))));

  function refill() {
    const places = allPlaces();
    const counts = new Map();
    for (const place of places) counts.set(placeState(place), (counts.get(placeState(place)) ?? 0) + 1);
    put(
      chips,
      choices(
        "state",
        word("filter"),
        STATES.filter((one) => !one || counts.get(one)).map((one) => [
          one,
          one ? named("place", one) : word("all"),
          one ? counts.get(one) : places.length,
        ]),
        state,
        (next) => ((state = next), (shown = SHOWN), show()),
      ),
    );
    map.update(places);
    show();
  }

  if (!areFresh(FRESH_MS)) await readPlaces(who, { signal });
  refill();
  live.on(
    ["location."],
    async () => {
      await readPlaces(who, { signal });
      if (!signal.aborted) refill();
    },
    { signal },
  );
  return h(
    "div",
    { class: "stack" },
    partHead(word("title"), word("lead")),
    h(
      "div",
      { class: "stores" },
      map.node,
      h("div", { class: "stack" }, h("div", { class: "toolbar" }, find), chips, note, list, h("div", {}, more)),
    ),
  );
}

/** A store in a list: what is to be said about it first. */
export function placeRow(place) {
  const state = placeState(place);
  return h(
    "li",
    {},
    h(
      "a",
      { class: "card line-card", href: to("stores", place.id) },
      h(
        "span",
        { class: "line-main" },
        h("strong", {}, place.name),
        h(
          "span",
          { class: "soft small-text" },
          place.lastHeardAt
            ? [word(state === "silent" ? "lastHeard" : "heard"), " ", ageElement(place.lastHeardAt, place.timeZone)]
            : word("never"),
          place.openPromises ? ` · ${word("promises", { n: place.openPromises })}` : null,
        ),
      ),
      badge(named("place", state), TONES[state]),
    ),
  );
}
