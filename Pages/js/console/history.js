// The last 30 days of one balance as a chart: on hand and promised, as it happened or as it was shown. It is folded from the
// ledger's lines, so that it can be checked against them.
import { h, loading, problemNotice, put, s } from "../dom.js";
import { atTime } from "../time.js";
import { number, t } from "../texts.js";
import { api, path } from "../api.js";
import { words } from "./words.js";
import { choices, signed } from "./ui.js";

const word = words("history");
const DAY_MS = 86_400_000;
/** A balance with more lines than PAGES_MAX pages in 30 days shows fewer days. */
const SPANS = [30, 7, 1];
const PAGE = 1_000;
const PAGES_MAX = 3;
const WIDTH = 720;
const HEIGHT = 220;
const BOX = { left: 44, right: 12, top: 14, bottom: 28 };

/** `refresh()` reads; `lines()` are the ledger's lines that were read, in the order they were recorded; `pick(iso)` hears a click. */
export function history({ sku, location, zone, signal, pick }) {
  let lines = [];
  let complete = true;
  let span = SPANS[0];
  let basis = "occurred";
  let now = null;
  const chart = h("div", {}, loading(t("page.loading")));
  const node = h(
    "div",
    { class: "stack" },
    choices(
      "basis",
      word("basis"),
      [
        ["occurred", word("occurred")],
        ["recorded", word("recorded")],
      ],
      basis,
      (next) => ((basis = next), draw()),
    ),
    chart,
  );

  async function refresh() {
    try {
      now = await api.get(path`/v1/availability/${sku}/${location}`, { signal });
      for (const days of SPANS) {
        const read = await readLines(days);
        if (!read && days !== SPANS.at(-1)) continue;
        span = days;
        complete = read !== null;
        lines = read ?? lines;
        break;
      }
      if (!signal.aborted) draw();
    } catch (error) {
      if (!signal.aborted) put(chart, problemNotice(error, { retry: refresh, retryLabel: t("page.again") }));
    }
  }

  /** Lines that happened or were written in the last `days`; null where they are too many. */
  async function readLines(days) {
    const from = new Date(Date.now() - days * DAY_MS).toISOString();
    const read = [];
    let pages = 0;
    for await (const page of api.pages("/v1/movements", { query: { sku, location, from, limit: PAGE }, signal })) {
      read.push(...page.movements);
      if ((pages += 1) >= PAGES_MAX && page.nextCursor) return null;
    }
    return read;
  }

  function draw() {
    const end = Date.parse(now.asOf);
    const start = end - span * DAY_MS;
    const points = fold(lines, now, basis, start, end);
    const levels = points.flatMap((point) => [point.onHand, point.reserved]);
    const { low, high, ticks } = nice(Math.min(0, ...levels), Math.max(1, ...levels));
    const x = (ms) => BOX.left + ((ms - start) / (end - start)) * (WIDTH - BOX.left - BOX.right);
    const y = (units) => HEIGHT - BOX.bottom - ((units - low) / (high - low)) * (HEIGHT - BOX.top - BOX.bottom);
    const step = (read) =>
      points
        .map(
          (point, index) => `${index ? `H${x(point.at).toFixed(1)}V` : `M${x(point.at).toFixed(1)} `}${y(read(point)).toFixed(1)}`,
        )
        .join("");
    const onHand = step((point) => point.onHand);
    const days = Array.from({ length: 7 }, (_, index) => start + ((end - start) * index) / 6);
    const cursor = s("line", { class: "chart-cursor", y1: BOX.top, y2: HEIGHT - BOX.bottom, visibility: "hidden" });
    const tip = h("p", { class: "soft small-text chart-tip", role: "status" }, word("hint"));
    const svg = s(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: "img",
        class: "chart",
        "aria-label": word("label", {
          days: span,
          first: points[0].onHand,
          last: now.onHand,
          low: Math.min(...points.map((point) => point.onHand)),
          high: Math.max(...points.map((point) => point.onHand)),
        }),
      },
      ticks.map((units) => [
        s("line", { x1: BOX.left, x2: WIDTH - BOX.right, y1: y(units), y2: y(units), class: "chart-grid" }),
        s("text", { x: BOX.left - 6, y: y(units) + 4, "text-anchor": "end" }, units < 0 ? signed(units) : number(units)),
      ]),
      days.map((ms, index) =>
        s(
          "text",
          {
            class: index % 3 ? "minor" : null,
            x: x(ms),
            y: HEIGHT - 8,
            "text-anchor": index === 0 ? "start" : index === 6 ? "end" : "middle",
          },
          dayText(ms, zone, span),
        ),
      ),
      s("path", { d: `${onHand}V${y(0)}H${x(points[0].at)}Z`, class: "chart-area" }),
      s("path", { d: onHand, class: "chart-line on-hand" }),
      s("path", { d: step((point) => point.reserved), class: "chart-line promised" }),
      cursor,
    );
    const instant = (event) => {
      const box = svg.getBoundingClientRect();
      const ms =
        start + ((((event.clientX - box.left) / box.width) * WIDTH - BOX.left) / (WIDTH - BOX.left - BOX.right)) * (end - start);
      return Math.min(end, Math.max(start, ms));
    };
    svg.addEventListener("pointermove", (event) => {
      const ms = instant(event);
      const point = points.findLast((one) => one.at <= ms) ?? points[0];
      cursor.setAttribute("x1", x(ms));
      cursor.setAttribute("x2", x(ms));
      cursor.setAttribute("visibility", "visible");
      tip.textContent = word("at", {
        time: atTime(new Date(ms).toISOString(), zone),
        onHand: point.onHand,
        reserved: point.reserved,
      });
    });
    svg.addEventListener("pointerleave", () => cursor.setAttribute("visibility", "hidden"));
    svg.addEventListener("click", (event) => pick(new Date(instant(event)).toISOString()));
    put(
      chart,
      h(
        "figure",
        { class: "chart-frame" },
        svg,
        h(
          "figcaption",
          { class: "legend" },
          key("on-hand", word("onHand")),
          key("promised", word("promised")),
          span === SPANS[0] ? null : h("span", { class: "soft" }, word("span", { n: span })),
        ),
      ),
      tip,
    );
  }

  return { node, refresh, lines: () => lines, isComplete: () => complete };
}

/**
 * From what is there now backwards: the level before a line is the level after it less the line. By `occurred`, a count puts
 * its difference at the count's instant, so past levels are those now known to have been.
 */
function fold(lines, now, basis, start, end) {
  const when = (line) => Date.parse(basis === "occurred" ? line.occurredAt : line.recordedAt);
  let [onHand, reserved] = [now.onHand, now.reserved];
  const points = [{ at: end, onHand, reserved }];
  for (const line of [...lines].sort((a, b) => when(b) - when(a) || b.sequence - a.sequence)) {
    // What happened before the window and was only told in it is in the level with which the window begins.
    if (when(line) < start) continue;
    points.push({ at: Math.min(when(line), end), onHand, reserved });
    onHand -= (line.bucket === "onHand" ? line.units : 0) - (line.counterAccount === "onHand" ? line.units : 0);
    reserved -= line.reservedDelta;
  }
  points.push({ at: start, onHand, reserved });
  return points.reverse();
}

/** Round bounds around `low` and `high`, and the lines between them: whole units, about four of them. */
function nice(low, high) {
  const rough = Math.max(1, (high - low) / 4);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((factor) => factor * size).find((one) => one >= rough),
  );
  const bottom = Math.floor(low / step) * step;
  const top = Math.max(Math.ceil(high / step) * step, bottom + step);
  return {
    low: bottom,
    high: top,
    ticks: Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, index) => bottom + index * step),
  };
}

const dayText = (ms, zone, span) =>
  new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    ...(span > 1 ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" }),
  }).format(ms);

const key = (kind, text) =>
  h(
    "span",
    { class: "legend-entry" },
    s(
      "svg",
      { viewBox: "0 0 24 8", class: "legend-line", "aria-hidden": "true" },
      s("line", { x1: 0, x2: 24, y1: 4, y2: 4, class: `chart-line ${kind}` }),
    ),
    text,
  );
