// How a figure comes about, as a waterfall: what is there, what is taken off, what is left. The table under it says the same.
import { h, s } from "../dom.js";
import { number } from "../texts.js";
import { named, words } from "./words.js";
import { humanText, signed } from "./ui.js";

const word = words("waterfall");
const LABEL = 150;
const WIDTH = 720;
const ROW = 34;
const BAR = 20;
const TOP = 8;
const VALUES = 60;

/** @param terms of `explainAvailability`, in their order; the last is the sum. */
export function waterfall(terms) {
  const sum = terms.at(-1);
  // What is on hand and what can be sold always stand there; of the others, those that change something.
  const shown = terms.filter((term, index) => index === 0 || index === terms.length - 1 || term.units !== 0);
  const rest = terms.filter((term) => !shown.includes(term));
  let level = 0;
  const bars = shown.map((term) => {
    const isTotal = term === sum || term === terms[0];
    const from = isTotal ? 0 : level;
    const to = isTotal ? term.units : level + term.units;
    level = to;
    return { term, from, to, isTotal };
  });
  const low = Math.min(0, ...bars.flatMap((bar) => [bar.from, bar.to]));
  const high = Math.max(1, ...bars.flatMap((bar) => [bar.from, bar.to]));
  const scale = (WIDTH - LABEL - 2 * VALUES) / (high - low);
  const x = (units) => LABEL + VALUES + (units - low) * scale;
  const height = TOP * 2 + bars.length * ROW;
  return h(
    "figure",
    { class: "waterfall" },
    s(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${height}`,
        role: "img",
        "aria-label":
          terms[0] === sum ? word("labelSum", { sum: sum.units }) : word("label", { onHand: terms[0].units, sum: sum.units }),
      },
      s("line", { x1: x(0), x2: x(0), y1: 0, y2: height, class: "axis" }),
      bars.map((bar, index) => row(bar, index, bars[index + 1], x)),
    ),
    h(
      "div",
      { class: "table-wrap" },
      h(
        "table",
        { class: "table terms" },
        h("caption", { class: "visually-hidden" }, word("caption")),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, word("term")),
            h("th", { scope: "col", class: "number" }, word("units")),
            h("th", { scope: "col" }, word("because")),
          ),
        ),
        h(
          "tbody",
          {},
          shown.map((term) =>
            h(
              "tr",
              { class: term === sum ? "total" : null },
              h("td", {}, named("term", term.name)),
              h("td", { class: "number" }, term === sum || term === terms[0] ? number(term.units) : signed(term.units)),
              h("td", { class: "soft" }, humanText(term.detail)),
            ),
          ),
        ),
      ),
    ),
    rest.length
      ? h(
          "details",
          {},
          h("summary", {}, word("rest", { n: rest.length })),
          h(
            "ul",
            {},
            rest.map((term) => h("li", {}, `${named("term", term.name)}: `, h("span", { class: "soft" }, term.detail))),
          ),
        )
      : null,
  );
}

function row({ term, from, to, isTotal }, index, next, x) {
  const y = TOP + index * ROW;
  const [left, right] = [x(Math.min(from, to)), x(Math.max(from, to))];
  const kind = isTotal ? (to < 0 ? "less" : "total") : to < from ? "less" : "more";
  const text = isTotal ? number(term.units) : signed(term.units);
  const isLeft = kind === "less" && left > LABEL + VALUES - 4;
  return s(
    "g",
    {},
    s(
      "text",
      { x: LABEL, y: y + BAR - 5, "text-anchor": "end", class: isTotal ? "term strong" : "term" },
      named("term", term.name),
    ),
    s("rect", { x: left, y, width: Math.max(right - left, 1.5), height: BAR, rx: 3, class: `bar ${kind}` }),
    s("text", { x: isLeft ? left - 6 : right + 6, y: y + BAR - 5, "text-anchor": isLeft ? "end" : "start", class: "value" }, text),
    next ? s("line", { x1: x(to), x2: x(to), y1: y + BAR, y2: y + ROW, class: "step" }) : null,
  );
}
