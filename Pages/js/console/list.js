// A table that grows by pages of a cursor: it never loads all, says what it has when it has nothing, and why it failed.
import { announce, emptyState, h, keyed, loading, problemNotice, put } from "../dom.js";
import { t } from "../texts.js";
import { api } from "../api.js";
import { words } from "./words.js";
import { focusable } from "./ui.js";

const word = words("list");
const PAGE = 50;
/** A refresh reads again what is shown, up to so many rows. */
const REFRESH_MAX = 200;

/**
 * @param columns `[{ label, cell(row), number, class, sort }]`; `cell` gives a text or nodes.
 * @param load `({ limit, cursor }) → { rows, nextCursor, total }`
 * @param empty `{ text, more }`: what an empty list says.
 * @param select `{ label(row), change(rows) }`: rows can be ticked.
 * @returns `{ node, reload, rows, selected, clear }`; `reload()` reads again without losing the place.
 */
export function pagedTable({
  caption,
  columns,
  load,
  key = (row) => row.id,
  empty,
  select,
  rowProps = () => ({}),
  page = PAGE,
  signal,
  sameness = JSON.stringify,
}) {
  let rows = [];
  let cursor = null;
  let total = null;
  const ticked = new Set();
  const body = h("tbody", {});
  const all = select
    ? h("input", { type: "checkbox", "aria-label": word("all"), on: { change: () => tickAll(all.checked) } })
    : null;
  const table = h(
    "table",
    { class: "table cards" },
    h("caption", { class: "visually-hidden" }, caption),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        select ? h("th", { class: "tick" }, h("label", { class: "tick-box" }, all)) : null,
        columns.map((column) => h("th", { scope: "col", class: column.number ? "number" : null }, column.label)),
      ),
    ),
    body,
  );
  const wrap = h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": caption, hidden: true }, table);
  const more = h("button", { type: "button", class: "button", hidden: true, on: { click: () => grow() } }, word("more"));
  const count = h("span", { class: "soft small-text" });
  const state = h("div", {}, loading(t("page.loading")));
  const node = h("div", { class: "stack list-block" }, state, wrap, h("div", { class: "row spread list-foot" }, count, more));

  const make = (row) =>
    h(
      "tr",
      rowProps(row),
      select
        ? h(
            "td",
            { class: "tick" },
            h(
              "label",
              { class: "tick-box" },
              h("input", {
                type: "checkbox",
                checked: ticked.has(key(row)),
                "aria-label": select.label(row),
                on: { change: (event) => tick(row, event.target.checked) },
              }),
            ),
          )
        : null,
      columns.map((column) => h("td", { class: classOf(column), data: { label: column.label } }, column.cell(row))),
    );

  function show() {
    // Only what is shown again stays ticked.
    const shown = new Set(rows.map(key));
    for (const one of ticked) if (!shown.has(one)) ticked.delete(one);
    const held = document.activeElement;
    const heldRow = body.contains(held) ? held.closest("tr") : null;
    const place = heldRow ? [heldRow.dataset.key, focusable(heldRow).indexOf(held)] : null;
    keyed(body, rows, { key, make, sameness });
    if (place && !body.contains(document.activeElement)) {
      const row = Array.from(body.children).find((one) => one.dataset.key === place[0]);
      (row ? focusable(row)[place[1]] : (focusable(body)[0] ?? wrap))?.focus();
    }
    wrap.hidden = rows.length === 0;
    more.hidden = !cursor;
    put(
      count,
      rows.length
        ? total !== null
          ? word("ofTotal", { n: rows.length, total })
          : cursor
            ? word("first", { n: rows.length })
            : word("shown", { n: rows.length })
        : null,
    );
    put(state, rows.length ? null : emptyState(empty.text, empty.more ?? null));
    told();
  }

  function told() {
    if (!select) return;
    const chosen = rows.filter((row) => ticked.has(key(row)));
    all.checked = chosen.length > 0 && chosen.length === rows.length;
    all.indeterminate = chosen.length > 0 && chosen.length < rows.length;
    select.change(chosen);
  }

  function tick(row, on) {
    if (on) ticked.add(key(row));
    else ticked.delete(key(row));
    told();
  }

  function tickAll(on) {
    for (const row of rows) tick(row, on);
    for (const box of body.querySelectorAll(".tick input")) box.checked = on;
  }

  function failed(error, again) {
    if (signal?.aborted) return;
    // Rows of an earlier question are no answer to this one.
    if (!rows.length) {
      wrap.hidden = more.hidden = true;
      put(count);
    }
    put(state, problemNotice(error, { retry: again, retryLabel: t("page.again") }));
  }

  async function reload() {
    try {
      const answer = await load({ limit: Math.min(Math.max(page, rows.length), REFRESH_MAX), cursor: null });
      if (signal?.aborted) return;
      rows = answer.rows;
      cursor = answer.nextCursor ?? null;
      total = answer.total ?? null;
      show();
    } catch (error) {
      failed(error, reload);
    }
  }

  async function grow() {
    more.disabled = true;
    try {
      const answer = await load({ limit: page, cursor });
      if (signal?.aborted) return;
      const before = rows.length;
      rows = [...rows, ...answer.rows];
      cursor = answer.nextCursor ?? null;
      show();
      announce(word("grown", { n: rows.length - before }));
      focusable(body.children[before] ?? wrap)[0]?.focus();
    } catch (error) {
      failed(error, grow);
    } finally {
      more.disabled = false;
    }
  }

  const clear = () => {
    ticked.clear();
    for (const box of body.querySelectorAll(".tick input")) box.checked = false;
    told();
  };
  /** Begins anew, for another question. */
  const restart = () => {
    rows = [];
    cursor = null;
    ticked.clear();
    return reload();
  };
  return { node, reload, restart, clear, rows: () => rows, selected: () => rows.filter((row) => ticked.has(key(row))) };
}

/**
 * The `load` of a table that shows a list of the API, whose rows are its member `name`. `query` is asked for as it is at the
 * time, or what it returns; `hasTotal`: the service counts all rows.
 */
export const rowsOf =
  (address, name, { query = {}, hasTotal = true, signal }) =>
  async ({ limit, cursor }) => {
    const asked = { ...(typeof query === "function" ? query() : query), limit, cursor, includeTotal: hasTotal || null };
    const answer = await api.get(address, { query: asked, signal });
    return { rows: answer[name], nextCursor: answer.nextCursor, total: answer.total };
  };

const classOf = (column) => [column.number ? "number" : "", column.class ?? ""].join(" ").trim() || null;

/** A table of what is there already, without pages; without `cards` its rows stay rows on a phone. */
export function plainTable({ caption, columns, rows, rowProps = () => ({}), cards = true }) {
  return h(
    "div",
    { class: "table-wrap", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      { class: cards ? "table cards" : "table" },
      h("caption", { class: "visually-hidden" }, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((column) => h("th", { scope: "col", class: classOf(column) }, column.label)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            rowProps(row),
            columns.map((column) => h("td", { class: classOf(column), data: { label: column.label } }, column.cell(row))),
          ),
        ),
      ),
    ),
  );
}
