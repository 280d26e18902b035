// "What did we show then?": the figures as Holdfast knew them at an instant, beside what is now known to have been there.
import { h, loading, problemNotice, put } from "../dom.js";
import { inFull } from "../time.js";
import { number, t } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { field } from "./ui.js";
import { fieldText, here, instantOf } from "./zone.js";
import { plainTable } from "./list.js";

const word = words("showed");
const ROWS = [
  "availableToSell",
  "onHand",
  "reserved",
  "safetyStock",
  "ringFencedForOthers",
  "damaged",
  "inspection",
  "suspect",
  "inTransit",
];

/** `show(iso)` asks for an instant, such as the one clicked in the chart. */
export function showed({ sku, location, zone, signal }) {
  const result = h("div", { "aria-live": "polite" });
  const input = field({ name: "at", label: word("when", { zone: zone ?? here() }), kind: "datetime-local", step: 1 });
  const form = h(
    "form",
    { class: "toolbar", on: { submit: (event) => (event.preventDefault(), submit()) } },
    input,
    h("button", { type: "submit", class: "button primary" }, word("show")),
  );
  const box = input.querySelector("input");

  function submit() {
    if (box.value) ask(instantOf(box.value, zone));
    else put(result, h("p", { class: "bad-text", role: "alert" }, word("missing")));
  }

  async function ask(at) {
    put(result, loading(t("page.loading")));
    try {
      const [then, known] = await Promise.all(
        ["recorded", "occurred"].map((basis) =>
          api.get(path`/v1/availability/${sku}/${location}`, { query: { asOf: at, basis }, signal }).catch((error) => {
            // Before Holdfast had ever heard of the item or the store it showed nothing at all.
            if (basis === "recorded" && error.status === 404) return null;
            throw error;
          }),
        ),
      );
      if (!signal.aborted) put(result, sentence(at, then, known), table(then, known));
    } catch (error) {
      if (!signal.aborted) put(result, problemNotice(error));
    }
  }

  function sentence(at, then, known) {
    const time = inFull(at, zone);
    if (!then) return h("p", {}, word("unknown", { time }));
    const differs = then.onHand !== known.onHand;
    return h(
      "div",
      { class: "notice", data: { tone: differs ? "warn" : "ok" } },
      h("p", {}, word("sentence", { time, n: then.availableToSell, band: t(`band.${then.band}`) })),
      h("p", {}, differs ? word("differs", { shown: then.onHand, known: known.onHand }) : word("same", { n: then.onHand })),
    );
  }

  const table = (then, known) =>
    plainTable({
      caption: word("caption"),
      rows: ROWS.filter((name) => then?.[name] || known?.[name] || name === "availableToSell" || name === "onHand"),
      columns: [
        { label: word("figure"), cell: (name) => named("figure", name) },
        { label: word("then"), number: true, cell: (name) => (then ? number(then[name]) : "–") },
        { label: word("known"), number: true, cell: (name) => number(known[name]) },
      ],
    });

  return {
    node: h("div", { class: "stack" }, form, result),
    show(iso) {
      box.value = fieldText(iso, zone);
      ask(iso);
    },
  };
}
