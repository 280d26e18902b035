// Pieces that several parts use: figures, links to things, fields, filters, and dialogs that ask for something.
import { badge, h, openDialog, put } from "../dom.js";
import { number, t } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { allPlaces, placeName } from "./places.js";
import { setQuery, to } from "./router.js";
import { instantOf } from "./zone.js";
import { atTime } from "../time.js";

const word = words("ui");

/** What the keyboard can reach in `element`, in its order. */
export const focusable = (element) =>
  Array.from(element.querySelectorAll("a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary"));

/**
 * Shows what `make()` gives in `element`, unless `mark` (what it was made from) is as it was. Where the focus was and what was
 * opened stay so.
 */
export function renew(element, mark, make) {
  const text = JSON.stringify(mark);
  if (element.mark === text) return;
  element.mark = text;
  const place = element.contains(document.activeElement) ? focusable(element).indexOf(document.activeElement) : -1;
  const opened = Array.from(element.querySelectorAll("details"), (one) => one.open);
  put(element, make());
  element.querySelectorAll("details").forEach((one, index) => (one.open = opened[index] ?? one.open));
  if (place >= 0) focusable(element)[place]?.focus({ preventScroll: true });
}

/** The head of a part: its title, a sentence about it, and what can be done there. */
export const partHead = (title, lead, ...actions) =>
  h(
    "div",
    { class: "part-head" },
    h("div", {}, h("h1", { id: "part-title", tabindex: "-1" }, title), lead ? h("p", { class: "soft" }, lead) : null),
    actions.some(Boolean) ? h("div", { class: "row" }, actions) : null,
  );

/** The way back to the list that something belongs to. */
export const backLink = (address, label) =>
  h("p", { class: "back" }, h("a", { href: address }, h("span", { "aria-hidden": "true" }, "← "), label));

export const section = (title, ...children) => h("section", { class: "stack part-section" }, h("h2", {}, title), children);

/** A figure with what it means; a link where there is more behind it. Tones as of badges, told by a mark as well. */
export function stat(label, value, { note, href, tone } = {}) {
  const inside = [
    h("span", { class: "stat-label" }, label),
    h("span", { class: "stat-value" }, value),
    note ? h("span", { class: "stat-note" }, note) : null,
  ];
  return href
    ? h("a", { class: "card stat", href, data: { tone } }, inside)
    : h("div", { class: "card stat", data: { tone } }, inside);
}

/** Terms and what they are; pairs whose value is null are left out. */
export const facts = (...pairs) =>
  h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );

export const placeLink = (id) => (id ? h("a", { href: to("stores", id) }, placeName(id)) : "–");
export const itemLink = (sku, name) => (sku ? h("a", { href: to("items", sku) }, name ?? sku) : "–");
export const balanceLink = (sku, location, text) => h("a", { href: to("items", sku, location) }, text ?? sku);

/** A link to where a file of `kind` is sent. */
export const sendLink = (kind, text) => h("a", { href: to("imports", { send: kind }) }, text);

/** +3 or −3, with a real minus. */
export const signed = (value) => (value > 0 ? `+${number(value)}` : value < 0 ? `−${number(-value)}` : "0");
export const percent = (rate) =>
  rate === null || rate === undefined
    ? "–"
    : new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 }).format(rate);
export const kilometresText = (km) =>
  km === null || km === undefined
    ? null
    : word("km", { km: new Intl.NumberFormat("en", { maximumFractionDigits: km < 10 ? 1 : 0 }).format(km) });
export const bandBadge = (band) =>
  band ? badge(t(`band.${band}`), { inStock: "ok", low: "warn", out: "bad" }[band]) : badge(word("unknown"));

let fields = 0;

/**
 * A labelled field. `kind`: "text", "number", "date", "datetime-local", "select" (with `options`: `[value, label]`), "textarea",
 * "check", "file", "item" and "place" (which propose what is known). The rest are attributes of the input.
 */
export function field({ name, label, kind = "text", hint, value, options, ...rest }) {
  const id = `field-${(fields += 1)}`;
  const attributes = { id, name, class: "input", "aria-describedby": hint ? `${id}-hint` : null, autocomplete: "off", ...rest };
  if (kind === "check")
    return h(
      "label",
      { class: "check" },
      h("input", { type: "checkbox", id, name, checked: value ?? false }),
      h("span", {}, label, hint ? h("span", { class: "hint" }, ` ${hint}`) : null),
    );
  const more = [];
  let input;
  if (kind === "select") {
    input = h(
      "select",
      attributes,
      options.map(([key, text]) => h("option", { value: key, selected: key === (value ?? "") }, text)),
    );
  } else if (kind === "textarea") {
    input = h("textarea", { rows: 3, ...attributes, value: value ?? "" });
  } else if (kind === "place") {
    more.push(
      h(
        "datalist",
        { id: `${id}-list` },
        allPlaces().map((place) => h("option", { value: place.id }, place.name)),
      ),
    );
    input = h("input", { type: "text", ...attributes, list: `${id}-list`, value: value ?? "" });
  } else if (kind === "item") {
    const list = h("datalist", { id: `${id}-list` });
    more.push(list);
    input = h("input", {
      type: "text",
      ...attributes,
      list: `${id}-list`,
      value: value ?? "",
      on: { input: () => propose(input, list) },
    });
  } else {
    input = h("input", { type: kind, ...attributes, value: value ?? (kind === "file" ? null : "") });
  }
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    input,
    hint ? h("span", { class: "hint", id: `${id}-hint` }, hint) : null,
    more,
  );
}

const PROPOSALS = 8;
/** So long nobody types before names are looked up, in milliseconds. */
const TYPING_MS = 200;
let proposing = null;

/** Proposes items by name or sku while somebody types; without the right to see them there are no proposals. */
function propose(input, list) {
  clearTimeout(proposing);
  const q = input.value.trim();
  if (q.length < 2 || Array.from(list.options).some((option) => option.value === q)) return;
  proposing = setTimeout(async () => {
    try {
      const { items } = await api.get("/v1/availability", { query: { q, limit: PROPOSALS } });
      put(
        list,
        items.map((item) => h("option", { value: item.sku }, item.name)),
      );
    } catch {
      put(list);
    }
  }, TYPING_MS);
}

/** What is in a form, by name: numbers as numbers, empty fields left out, checks as booleans, files as files. */
export function valuesOf(form) {
  const values = {};
  for (const input of form.elements) {
    if (!input.name || input.disabled) continue;
    if (input.type === "checkbox") values[input.name] = input.checked;
    else if (input.type === "file") values[input.name] = input.files[0] ?? null;
    else if (input.value.trim() !== "")
      values[input.name] =
        input.type === "number"
          ? Number(input.value)
          : input.type === "datetime-local"
            ? instantOf(input.value)
            : input.value.trim();
  }
  return values;
}

/** Asks for `fields`, then runs `submit(values)`; a refusal stays in the dialog with its reason. @returns what it returned, or null. */
export const ask = ({ title, lead, fields = [], body, action, danger = false, submit }) =>
  openDialog({
    title,
    body: [lead ? h("p", {}, lead) : null, fields.map((one) => (one instanceof Node ? one : field(one))), body ?? null],
    actions: [
      { label: t("console.ui.cancel"), value: null },
      { label: action, kind: danger ? "danger" : "primary", run: async (form) => (await submit(valuesOf(form))) ?? true },
    ],
  });

/** Asks before something that cannot be taken back. */
export const sure = (title, lead, action, submit) => ask({ title, lead, action, danger: true, submit });

/** What can be done with one row of a table: `[text, its name for a screen reader, what it does, "danger" or nothing]` each. */
export const rowButtons = (...buttons) =>
  h(
    "div",
    { class: "row" },
    buttons.map(([text, label, click, tone]) =>
      button(text, click, `small ${tone ?? ""}`, { "aria-label": label }),
    ),
  );

/** Choices of which one is on, as links would be: it changes the address and calls `change(value)`. */
export function choices(name, label, options, current, change) {
  const buttons = options.map(([value, text, count]) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-pressed": String(value === current),
        data: { value },
        on: { click: () => choose(value) },
      },
      text,
      count === undefined || count === null ? null : h("span", { class: "count" }, number(count)),
    ),
  );
  const choose = (value) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === value));
    setQuery({ [name]: value });
    change(value);
  };
  return h("div", { class: "chips", role: "group", "aria-label": label }, buttons);
}

/** The service's own words for people: moments as the store's clock shows them, without the calls that a program would make. */
export function humanText(text, zone) {
  const readable = text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (iso) => atTime(iso, zone))
    .replace(/\s*\b(GET|POST|PUT|PATCH) \/v1\S*[^.;]*\.?$/, "")
    .replace(/: the link lists them with where each could be kept$/, "")
    // The pointer to a field of a line, which is its name for people.
    .replace(/^\/(\w+)(?= )/, "$1");
  return readable.charAt(0).toUpperCase() + readable.slice(1);
}

/** A secret that is shown once, until somebody says that they have it: a key pressed by mistake must not lose it. */
export const shownOnce = (title, lead, secret) =>
  openDialog({
    title,
    insists: true,
    body: [
      h("p", {}, lead),
      h("p", {}, h("code", { class: "secret", tabindex: "0" }, secret)),
      button(word("copy"), (event) => copied(event.target, secret), "small"),
    ],
    actions: [{ label: word("kept"), kind: "primary", value: true }],
  });

async function copied(button, secret) {
  // Without TLS a browser gives pages no clipboard.
  if (!navigator.clipboard) throw { title: word("noCopy"), detail: word("noCopyDetail") };
  await navigator.clipboard.writeText(secret);
  button.textContent = word("copied");
}

/** Saves an answer as a file; a plain link could not carry the caller's token. */
export async function download(address, name, { query, accept } = {}) {
  const text = await api.get(address, { query, headers: { Accept: accept } });
  const url = URL.createObjectURL(new Blob([typeof text === "string" ? text : JSON.stringify(text, null, 2)], { type: accept }));
  const anchor = h("a", { href: url, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Who decides: what the service calls the caller, or the name that this person gave once. Kept in this tab. */
export function deskName(who) {
  return sessionStorage.getItem("holdfast.desk") ?? who.actor ?? who.client ?? "";
}
export const keepDeskName = (name) => sessionStorage.setItem("holdfast.desk", name);

export { badge, named, path };
