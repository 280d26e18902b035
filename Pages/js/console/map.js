// A map of stores without any map server: their coordinates as points, with a grid of degrees and a scale. The list beside it
// says the same in words, so the map is a picture to assistive technology.
import { h, put, s } from "../dom.js";
import { ageElement } from "../time.js";
import { words } from "./words.js";
import { button } from "./button.js";
import { named } from "./words.js";
import { placeState } from "./places.js";
import { go, to } from "./router.js";

const word = words("map");
const WIDTH = 720;
const HEIGHT = 420;
const MARGIN = 34;
/** A click within so many units of a store means it. */
const REACH = 16;
const ZOOM_MAX = 64;
const STEP = 1.6;
/** Names are written beside the silent stores, up to so many; more would hide each other. */
const LABELS_MAX = 8;
/** Fewer marks than these are drawn larger; so are all on a narrow screen, which shows the map at half its size. */
const FEW = 30;
const narrow = matchMedia("(max-width: 46rem)");
const KM_A_DEGREE = 111.195;

/** A map of `places`; `update(places)` brings it up to date and keeps where the reader looked. */
export function storeMap() {
  let places = [];
  let frame = null;
  let view = { x: WIDTH / 2, y: HEIGHT / 2, zoom: 1 };
  const svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map", role: "img" });
  const tip = h("div", { class: "map-tip", hidden: true });
  const control = (name, run) =>
    button({ in: "+", out: "−", fit: word("fitShort") }[name], run, "small map-button", {
      "aria-label": word(name),
      title: word(name),
    });
  const without = h("p", { class: "soft small-text" });
  const hint = h("p", { class: "soft" });
  const node = h(
    "figure",
    { class: "map-frame" },
    hint,
    h(
      "div",
      { class: "map-box" },
      svg,
      tip,
      h(
        "div",
        { class: "map-buttons" },
        control("in", () => zoom(STEP)),
        control("out", () => zoom(1 / STEP)),
        control("fit", fit),
      ),
    ),
    h(
      "figcaption",
      { class: "legend" },
      ["live", "silent", "shadow", "paused", "unheard"].map((state) =>
        h(
          "span",
          { class: "legend-entry" },
          s("svg", { viewBox: "-8 -8 16 16", class: "legend-mark", "aria-hidden": "true" }, mark(state, 0, 0, 1)),
          named("place", state),
        ),
      ),
      without,
    ),
  );

  function project(place) {
    return {
      x: MARGIN + (place.coordinates.longitude - frame.west) * frame.cos * frame.scale + frame.left,
      y: MARGIN + (frame.north - place.coordinates.latitude) * frame.scale + frame.top,
    };
  }

  function measure() {
    const shown = places.filter((place) => place.coordinates);
    if (!shown.length) return (frame = null);
    const latitudes = shown.map((place) => place.coordinates.latitude);
    const longitudes = shown.map((place) => place.coordinates.longitude);
    const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)];
    const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
    // Degrees of longitude are shorter away from the equator.
    const cos = Math.max(0.1, Math.cos((((south + north) / 2) * Math.PI) / 180));
    const [high, wide] = [Math.max(north - south, 0.02), Math.max((east - west) * cos, 0.02)];
    const scale = Math.min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high);
    frame = {
      north,
      west,
      cos,
      scale,
      left: (WIDTH - 2 * MARGIN - wide * scale) / 2,
      top: (HEIGHT - 2 * MARGIN - high * scale) / 2,
    };
  }

  const onScreen = (point) => ({ x: (point.x - view.x) * view.zoom + WIDTH / 2, y: (point.y - view.y) * view.zoom + HEIGHT / 2 });

  function draw() {
    const silent = places.filter((place) => placeState(place) === "silent");
    svg.setAttribute("aria-label", word("label", { all: places.length, silent: silent.length }));
    const missing = places.filter((place) => !place.coordinates).length;
    put(without, frame && missing ? word("without", { n: missing }) : null);
    // Without coordinates there is nothing to draw, and the list has all.
    node.dataset.empty = String(!frame);
    put(hint, frame || !places.length ? null : word("none"));
    if (!frame) return;
    // Silent ones last, so that no other mark hides them.
    const marks = places
      .filter((place) => place.coordinates)
      .map((place) => ({ place, state: placeState(place), ...onScreen(project(place)) }))
      .filter((one) => one.x > -20 && one.x < WIDTH + 20 && one.y > -20 && one.y < HEIGHT + 20)
      .sort((a, b) => (a.state === "silent") - (b.state === "silent"));
    const size = Math.min(1.6, (marks.length < FEW ? 1.4 : 0.9) + Math.log2(view.zoom) * 0.12) * (narrow.matches ? 1.6 : 1);
    put(
      svg,
      grid(),
      s(
        "g",
        {},
        marks.map((one) => mark(one.state, one.x, one.y, size)),
      ),
      s(
        "g",
        { class: "map-names" },
        marks
          .filter((one) => one.state === "silent")
          .slice(0, LABELS_MAX)
          .map((one) =>
            s(
              "text",
              {
                x: one.x > WIDTH - 130 ? one.x - 12 : one.x + 12,
                y: one.y + 4,
                "text-anchor": one.x > WIDTH - 130 ? "end" : "start",
              },
              one.place.name,
            ),
          ),
      ),
      ruler(),
    );
    svg.marks = marks;
  }

  function grid() {
    const degrees = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20].find((step) => step * frame.scale * view.zoom > 90) ?? 40;
    const lines = [];
    const left = frame.west - (MARGIN + frame.left - view.x + WIDTH / 2 / view.zoom) / frame.scale / frame.cos;
    const right = left + WIDTH / view.zoom / frame.scale / frame.cos;
    const top = frame.north + (MARGIN + frame.top - view.y + HEIGHT / 2 / view.zoom) / frame.scale;
    const bottom = top - HEIGHT / view.zoom / frame.scale;
    for (let longitude = Math.ceil(left / degrees) * degrees; longitude < right; longitude += degrees) {
      const { x } = onScreen(project({ coordinates: { longitude, latitude: frame.north } }));
      lines.push(
        s("line", { x1: x, x2: x, y1: 0, y2: HEIGHT }),
        s("text", { x: x + 3, y: HEIGHT - 5 }, degree(longitude, "E", "W")),
      );
    }
    for (let latitude = Math.ceil(bottom / degrees) * degrees; latitude < top; latitude += degrees) {
      const { y } = onScreen(project({ coordinates: { longitude: frame.west, latitude } }));
      lines.push(s("line", { x1: 0, x2: WIDTH, y1: y, y2: y }), s("text", { x: 4, y: y - 4 }, degree(latitude, "N", "S")));
    }
    return s("g", { class: "map-grid" }, lines);
  }

  function ruler() {
    const perKm = (frame.scale * view.zoom) / KM_A_DEGREE;
    const km = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].findLast((length) => length * perKm < 140) ?? 1;
    const length = km * perKm;
    const right = WIDTH - 14;
    return s(
      "g",
      { class: "map-ruler" },
      s("line", { x1: right - length, x2: right, y1: HEIGHT - 16, y2: HEIGHT - 16 }),
      s("text", { x: right, y: HEIGHT - 22, "text-anchor": "end" }, `${km} km`),
    );
  }

  function zoom(factor, centre = view) {
    const next = Math.min(ZOOM_MAX, Math.max(1, view.zoom * factor));
    const share = view.zoom / next;
    view = { x: centre.x + (view.x - centre.x) * share, y: centre.y + (view.y - centre.y) * share, zoom: next };
    if (next === 1) view = { x: WIDTH / 2, y: HEIGHT / 2, zoom: 1 };
    draw();
  }
  function fit() {
    view = { x: WIDTH / 2, y: HEIGHT / 2, zoom: 1 };
    draw();
  }

  function at(event) {
    const box = svg.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * WIDTH, y: ((event.clientY - box.top) / box.height) * HEIGHT };
  }
  function nearest(point) {
    let best = null;
    for (const one of svg.marks ?? []) {
      const far = Math.hypot(one.x - point.x, one.y - point.y) - (one.state === "silent" ? 4 : 0);
      if (far < REACH && (!best || far < best.far)) best = { far, ...one };
    }
    return best;
  }

  let drag = null;
  svg.addEventListener("pointerdown", (event) => (drag = { from: at(event), view: { ...view }, moved: false }));
  svg.addEventListener("pointermove", (event) => {
    const point = at(event);
    if (drag && event.buttons && view.zoom > 1 && Math.hypot(point.x - drag.from.x, point.y - drag.from.y) > 4) {
      drag.moved = true;
      view = {
        ...view,
        x: drag.view.x - (point.x - drag.from.x) / view.zoom,
        y: drag.view.y - (point.y - drag.from.y) / view.zoom,
      };
      return draw();
    }
    const found = nearest(point);
    svg.classList.toggle("over-store", Boolean(found));
    tip.hidden = !found;
    if (!found) return;
    put(
      tip,
      h("strong", {}, found.place.name),
      h("br", {}),
      named("place", found.state),
      found.place.lastHeardAt ? [", ", word("heard"), " ", ageElement(found.place.lastHeardAt, found.place.timeZone)] : null,
    );
    tip.style.setProperty("left", `${(found.x / WIDTH) * 100}%`);
    tip.style.setProperty("top", `${(found.y / HEIGHT) * 100}%`);
    tip.dataset.side = found.x > WIDTH * 0.7 ? "left" : "right";
  });
  svg.addEventListener("pointerleave", () => (tip.hidden = true));
  svg.addEventListener("click", (event) => {
    const found = drag?.moved ? null : nearest(at(event));
    drag = null;
    if (found) go(to("stores", found.place.id));
  });

  return {
    node,
    update(next) {
      places = next;
      measure();
      draw();
    },
  };
}

/** Each state has a shape of its own. */
function mark(state, x, y, size) {
  const r = 4.5 * size;
  const props = { class: "map-mark", "data-state": state, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` };
  if (state === "silent")
    return s(
      "g",
      props,
      s("circle", { r: r * 2.2, class: "map-halo" }),
      s("path", { d: `M0 ${-r * 1.5}L${r * 1.5} 0L0 ${r * 1.5}L${-r * 1.5} 0Z` }),
    );
  if (state === "paused" || state === "closed") return s("g", props, s("rect", { x: -r, y: -r, width: 2 * r, height: 2 * r }));
  if (state === "unheard") return s("g", props, s("path", { d: `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}` }));
  return s("g", props, s("circle", { r }));
}

const degree = (value, positive, negative) => `${Math.abs(Math.round(value * 100) / 100)}° ${value < 0 ? negative : positive}`;
