// How the night goes: what waits for somebody, and whether the figures can be trusted.
import { h, keyed, put } from "../dom.js";
import { ageElement } from "../time.js";
import { number } from "../texts.js";
import { api } from "../api.js";
import { named, words } from "./words.js";
import { allPlaces, areFresh, byLastWord, placeState, readPlaces } from "./places.js";
import { readCounts } from "./counts.js";
import { partHead, renew, section, stat } from "./ui.js";
import { to } from "./router.js";
import { proofSentence } from "./proof.js";
import { placeRow } from "./stores.js";

const word = words("overview");
const SHOWN = 6;
/** Stores that were read for the menu a moment ago are not read again. */
const FRESH_MS = 10_000;

export default async function overview({ who, live, signal, isBound }) {
  const figures = h("div", { class: "figures" });
  const waiting = h("ul", { class: "list" });
  const dark = h("ul", { class: "list" });
  const darkNote = h("p", { class: "soft" });
  const waitingNote = h("p", { class: "soft" });
  const proof = h("p", {});

  // A chain's stores are a large answer, so they are read again only when one was heard or not.
  let areStale = !areFresh(FRESH_MS);
  async function refresh() {
    const [counts, proved] = await Promise.all([
      readCounts(who),
      isBound ? null : api.get("/v1/proof", { signal }).catch(() => null),
      areStale ? readPlaces(who, { signal }) : null,
    ]);
    areStale = false;
    if (signal.aborted) return;
    const places = allPlaces();
    const silent = places.filter((place) => placeState(place) === "silent").sort(byLastWord);
    renew(figures, [counts, places.length, silent.length], () => [
      stat(word("heard"), `${number(places.length - silent.length)} / ${number(places.length)}`, {
        href: to("stores"),
        tone: silent.length ? "bad" : "ok",
        note: silent.length ? word("silent", { n: silent.length }) : word("allHeard"),
      }),
      counts.atRisk === null
        ? null
        : stat(word("atRisk"), number(counts.atRisk), {
            href: to("promises"),
            tone: counts.atRisk ? "bad" : "ok",
            note: counts.atRisk ? word("atRiskNote") : word("noneAtRisk"),
          }),
      counts.exceptions === null
        ? null
        : stat(word("exceptions"), number(counts.exceptions), {
            href: to("exceptions"),
            tone: counts.exceptions ? "warn" : "ok",
            note: counts.exceptions ? word("exceptionsNote") : word("noExceptions"),
          }),
      counts.late === null
        ? null
        : stat(word("late"), number(counts.late), {
            href: to("transfers", { view: "late" }),
            tone: counts.late ? "warn" : "ok",
            note: counts.late ? word("lateNote") : word("noneLate"),
          }),
    ]);
    const types = [...counts.types].sort((a, b) => b.oldestAgeSeconds - a.oldestAgeSeconds).slice(0, SHOWN);
    keyed(waiting, types, { key: (type) => type.type, make: typeRow });
    put(waitingNote, types.length ? null : word("noExceptions"));
    keyed(dark, silent.slice(0, SHOWN), { key: (place) => place.id, make: placeRow });
    put(darkNote, silent.length ? null : word("allHeard"));
    if (proved) put(proof, proofSentence(proved), " ", h("a", { href: to("proof") }, word("proofLink")));
  }

  await refresh();
  live.on(["exception.", "reservation.", "transfer.", "proof."], refresh, { signal, wait: 1_000 });
  live.on(
    ["location."],
    () => {
      areStale = true;
      return refresh();
    },
    { signal },
  );
  return h(
    "div",
    { class: "stack" },
    partHead(word("title"), word("lead")),
    figures,
    h("div", { class: "halves" }, section(word("dark"), darkNote, dark), section(word("waiting"), waitingNote, waiting)),
    isBound ? null : section(word("proof"), proof),
  );
}

const typeRow = (type) =>
  h(
    "li",
    {},
    h(
      "a",
      { class: "card line-card", href: to("exceptions", { type: type.type }) },
      h(
        "span",
        { class: "line-main" },
        h("strong", {}, named("exception", type.type)),
        h("span", { class: "soft small-text" }, word("oldest"), " ", ageElement(type.oldestOpenedAt)),
      ),
      h("span", { class: "count" }, number(type.open + type.assigned)),
    ),
  );
