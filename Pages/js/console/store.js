// One store: when it was heard by whom, what it owes, what waits there, and how to stop or start it.
import { announce, badge, h } from "../dom.js";
import { ageElement, duration, timeElement } from "../time.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { placeState, readPlaces } from "./places.js";
import { ask, backLink, facts, partHead, renew, section, stat, sure } from "./ui.js";
import { plainTable } from "./list.js";
import { to } from "./router.js";
import { TONES } from "./stores.js";

const word = words("store");
const SOURCES_MAX = 100;
/** How old a silence is, is said anew so often. */
const MINUTE_MS = 60_000;

export default async function store({ who, params, live, signal, may }) {
  const { id } = params;
  const page = h("div", { class: "stack" });

  async function refresh() {
    const [place, sources, summary, risk, open] = await Promise.all([
      api.get(path`/v1/locations/${id}`, { signal }),
      api.get(path`/v1/locations/${id}/sources`, { query: { limit: SOURCES_MAX }, signal }),
      api.get("/v1/exceptions/summary", { query: { location: id }, signal }).catch(() => null),
      may("reservations:read", "reservations:write") ? count({ location: id, atRisk: true }) : null,
      may("reservations:read", "reservations:write") ? count({ location: id, state: "open" }) : null,
    ]);
    if (signal.aborted) return;
    const state = placeState(place);
    const zone = place.timeZone;
    renew(
      page,
      [place, sources.sources, summary?.total, risk, open, state === "silent" ? Math.floor(Date.now() / MINUTE_MS) : null],
      () => [
        backLink(to("stores"), word("back")),
        partHead(place.name, sentence(place, state), may("catalog:write") ? actions(place) : null),
        h(
          "div",
          { class: "row" },
          badge(named("place", state), TONES[state]),
          place.mode === "shadow" && state !== "shadow" ? badge(named("place", "shadow"), "info") : null,
          h("span", { class: "soft" }, word("id", { id })),
          h("a", { href: `/store/${encodeURIComponent(id)}` }, word("storePage")),
        ),
        h(
          "div",
          { class: "figures" },
          open === null ? null : stat(word("open"), number(open), { href: to("promises", { view: "open", location: id }) }),
          risk === null
            ? null
            : stat(word("atRisk"), number(risk), { href: to("promises", { location: id }), tone: risk ? "bad" : "ok" }),
          summary
            ? stat(word("exceptions"), number(summary.total), {
                href: to("exceptions", { location: id }),
                tone: summary.total ? "warn" : "ok",
              })
            : null,
        ),
        section(
          word("sources"),
          sources.sources.length
            ? plainTable({
                caption: word("sources"),
                rows: sources.sources,
                columns: [
                  { label: word("source"), cell: (row) => row.source },
                  { label: word("lastHeard"), cell: (row) => ageElement(row.lastHeardAt, zone) },
                  { label: word("through"), cell: (row) => timeElement(row.heardThrough, zone) },
                ],
              })
            : h("p", { class: "soft" }, word("noSources")),
        ),
        section(
          word("about"),
          facts(
            [word("zone"), zone],
            [word("capabilities"), place.capabilities.map((one) => named("capability", one)).join(", ") || word("none")],
            [word("leadTime"), place.leadTimeMinutes === null ? null : duration(place.leadTimeMinutes * 60)],
            [word("limit"), place.silenceLimitSeconds === null ? word("limitDefault") : duration(place.silenceLimitSeconds)],
            [word("lagBuffer"), place.lagBuffer ? word("yes") : word("no")],
            [word("hours"), hours(place)],
          ),
        ),
        h("p", {}, h("a", { href: to("shadow", { location: id }) }, word("compared"))),
      ],
    );
  }

  const count = (query) =>
    api.get("/v1/reservations", { query: { ...query, limit: 1, includeTotal: true }, signal }).then(
      (answer) => answer.total,
      () => null,
    );

  function sentence(place, state) {
    if (state === "silent")
      return [
        word("silent", {
          name: place.name,
          age: duration((Date.now() - Date.parse(place.silentSince ?? place.lastHeardAt)) / 1_000),
        }),
      ];
    if (state === "paused" || state === "closed") return word(state);
    if (place.mode === "shadow") return word("shadow");
    return place.lastHeardAt ? [word("heard"), " ", ageElement(place.lastHeardAt, place.timeZone)] : word("never");
  }

  function actions(place) {
    const change = async (values, said) => {
      const now = await api.patch(path`/v1/locations/${id}`, { body: values });
      announce(said);
      await readPlaces(who);
      await refresh();
      return now;
    };
    return [
      place.status === "active"
        ? button(
            word("pause"),
            () =>
              sure(word("pauseTitle", { name: place.name }), word("pauseLead"), word("pause"), () =>
                change({ status: "paused" }, word("pausedNow")),
              ),
            "danger",
          )
        : button(
            word("resume"),
            () =>
              ask({
                title: word("resumeTitle", { name: place.name }),
                lead: word("resumeLead"),
                action: word("resume"),
                submit: () => change({ status: "active" }, word("resumedNow")),
              }),
            "primary",
          ),
    ];
  }

  await refresh();
  live.on(["location.", "exception.", "reservation."], refresh, { signal, wait: 1_000 });
  return page;
}

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
function hours(place) {
  if (!place.openingHours) return word("always");
  return h(
    "ul",
    { class: "plain" },
    DAYS.map((day) => {
      const periods = place.openingHours[day] ?? [];
      return h(
        "li",
        {},
        `${named("day", day)} `,
        h(
          "span",
          { class: "soft" },
          periods.length ? periods.map((one) => `${one.opens}–${one.closes}`).join(", ") : word("closedDay"),
        ),
      );
    }),
  );
}
