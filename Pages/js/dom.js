// Makes elements. Texts are always texts: nothing here, and nothing that uses it, sets innerHTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "data") {
      for (const [key, text] of Object.entries(value)) if (text !== null && text !== undefined) element.dataset[key] = text;
    } else if (name === "style") {
      // By the object model: the Content-Security-Policy refuses style attributes.
      for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    } else if (name === "value" || name === "checked" || name === "disabled" || name === "selected") {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * h("button", { class: "button", on: { click: save }, data: { id }, "aria-label": "Save" }, "Save"). Props that are null,
 * undefined or false are left out; `style` is an object; children may be nodes, texts, nested arrays, null or false.
 */
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

/** The same for SVG. */
export const s = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

/** Puts `children` in place of what is in `element`. */
export function put(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/**
 * Makes `parent` show `items`, keeping the elements of those that were there: focus, selections and scrolling survive.
 * `make(item)` makes an element; `update(element, item)`, if given, brings one up to date, otherwise it is made anew when
 * `sameness(item)` (default: its JSON) has changed.
 */
export function keyed(parent, items, { key, make, update, sameness = JSON.stringify }) {
  const known = new Map(Array.from(parent.children, (element) => [element.dataset.key, element]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const mark = sameness(item);
    let element = known.get(name);
    known.delete(name);
    if (!element) {
      element = make(item);
    } else if (update) {
      update(element, item);
    } else if (element.mark !== mark) {
      const next = make(item);
      if (place === element) place = next;
      element.replaceWith(next);
      element = next;
    }
    element.dataset.key = name;
    element.mark = mark;
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const element of known.values()) element.remove();
}

let polite = null;
let assertive = null;

/** Says `text` to screen readers without moving the focus; `urgent` interrupts what they are saying. */
export function announce(text, { urgent = false } = {}) {
  polite ??= document.body.appendChild(h("div", { class: "visually-hidden", role: "status", "aria-live": "polite" }));
  assertive ??= document.body.appendChild(h("div", { class: "visually-hidden", role: "alert", "aria-live": "assertive" }));
  const region = urgent ? assertive : polite;
  // The same words twice are said twice only if they were gone in between.
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50);
}

let dialogs = 0;

/**
 * Opens a modal dialog. The browser keeps the focus inside and gives it back; Escape closes it, unless it `insists` on a button.
 * @param actions `[{ label, value, kind: "primary" | "danger" | undefined, run }]`; `run(form)`, if given, may be async: while
 *   it rejects, the dialog stays open and shows why. A button without `run` closes with `value`.
 * @returns a promise of what `run` returned, or of the button's `value`; null when it was closed without one.
 */
export function openDialog({ title, body, actions, insists = false }) {
  const id = `dialog-${(dialogs += 1)}`;
  const failure = h("div", { class: "dialog-failure", role: "alert" });
  return new Promise((resolve) => {
    let result = null;
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": id });
    const form = h("form", { method: "dialog", class: "dialog-form" });
    const buttons = actions.map((action) =>
      h("button", {
        class: `button ${action.kind ?? "quiet"}`, type: action.run ? "submit" : "button", value: String(action.value ?? ""),
        on: action.run ? {} : { click: () => ((result = action.value ?? null), dialog.close()) },
      }, action.label));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const index = Math.max(buttons.indexOf(event.submitter), actions.findIndex((action) => action.run));
      const action = actions[event.submitter ? index : actions.findIndex((one) => one.run)];
      for (const button of buttons) button.disabled = true;
      put(failure);
      try {
        result = (await action.run(form)) ?? action.value ?? true;
        dialog.close();
      } catch (error) {
        put(failure, problemNotice(error));
        for (const button of buttons) button.disabled = false;
        event.submitter?.focus();
      }
    });
    if (insists) dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    put(form, h("h2", { id, class: "dialog-title" }, title), h("div", { class: "dialog-body" }, body), failure,
      h("div", { class: "dialog-actions" }, buttons));
    dialog.append(form);
    document.body.append(dialog);
    dialog.showModal();
  });
}

const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** What is wrong with one field, with its name where the sentence lacks it. */
function fieldProblem({ pointer, parameter, detail }) {
  const path = pointer ?? parameter ?? "";
  // Where there are several of one name, the way to it says which.
  const name = /\/\d/.test(path) ? path : path.split("/").at(-1);
  return detail.includes(name) ? capitalised(detail) : [h("code", {}, name), " ", detail];
}

/** A problem in its own words: its title, its detail, and which field each error is about. */
export function problemNotice(error, { retry, retryLabel = "Try again" } = {}) {
  const title = error?.title || "That did not work";
  const errors = error?.errors ?? [];
  const detail = error?.detail || error?.message || "";
  // The detail of a problem with one field says the same once more.
  const isSaid = detail === title || (errors.length === 1 && detail.endsWith(errors[0].detail));
  return h("div", { class: "notice", data: { tone: "bad" }, role: "alert" },
    h("strong", {}, title), detail && !isSaid ? h("p", {}, capitalised(detail)) : null,
    errors.length === 1 ? h("p", {}, fieldProblem(errors[0])) : null,
    errors.length > 1 ? h("ul", {}, errors.map((one) => h("li", {}, fieldProblem(one)))) : null,
    retry ? h("button", { class: "button quiet", type: "button", on: { click: retry } }, retryLabel) : null);
}

/** What a list says that has nothing in it. */
export const emptyState = (text, ...more) => h("div", { class: "empty" }, h("p", {}, text), more);

/** That something is being read; shown only after a moment, so that quick answers do not flicker. */
export const loading = (text) => h("div", { class: "loading", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), text);

/** A state, in words and with a mark of its own, so that nobody has to tell colours apart. Tones: ok, warn, bad, info, quiet. */
export const badge = (text, tone = "quiet") => h("span", { class: "badge", data: { tone } }, text);
