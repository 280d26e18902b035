// One exception in a dialog: what happened, the line as it was sent, and the ways to resolve it.
import { announce, badge, h, openDialog } from "../dom.js";
import { ageElement, timeElement } from "../time.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { zoneOf } from "./places.js";
import { about, describe, lineOf, PRIORITY_TONES } from "./about.js";
import { ask, deskName, facts, field, humanText, keepDeskName } from "./ui.js";
import { to } from "./router.js";

const word = words("exception-detail");
const exceptionWord = words("exceptions");

/** Shows exception `id`; `changed()` runs after a decision. */
export async function openException({ id, who, may, changed }) {
  const row = await api.get(path`/v1/exceptions/${id}`);
  const isOpen = row.status !== "resolved";
  const decide = may("exceptions:write") && isOpen;
  const chosen = await openDialog({
    title: named("exception", row.type),
    body: [
      h(
        "div",
        { class: "row" },
        badge(named("priority", row.priority), PRIORITY_TONES[row.priority]),
        badge(named("status", row.status), isOpen ? "warn" : "ok"),
        h("span", { class: "soft" }, ageElement(row.openedAt)),
      ),
      h("p", {}, describe(row)),
      facts(
        [word("about"), about(row)],
        [word("event"), row.eventId ? h("code", {}, row.eventId) : null],
        [word("owner"), row.owner],
        [word("opened"), timeElement(row.openedAt, zoneOf(row.location))],
        [
          word("resolved"),
          row.resolvedAt
            ? [timeElement(row.resolvedAt, zoneOf(row.location)), row.resolvedBy ? ` · ${row.resolvedBy}` : null]
            : null,
        ],
        [word("resolution"), row.resolution],
      ),
      row.line
        ? h("details", {}, h("summary", {}, word("line")), h("pre", { class: "code-block", tabindex: "0" }, pretty(row)))
        : null,
      row.links.length
        ? h(
            "p",
            { class: "row" },
            row.links.map((one) => linkOf(one)),
          )
        : null,
    ],
    actions: [
      { label: word("close"), value: null },
      ...(decide ? [{ label: row.owner ? word("reassign") : exceptionWord("take"), value: "assign" }] : []),
      ...(decide
        ? row.actions.map((action, index) => ({
            label: named("action", action),
            value: action,
            kind: index === 0 && action !== "dismiss" ? "primary" : undefined,
          }))
        : []),
    ],
  });
  if (chosen === "assign") await assign(row, who, changed);
  else if (chosen) await resolve(row, chosen, who, changed);
}

/** A link of the service, as the part of the console that shows the same. */
function linkOf({ rel, href }) {
  const address = new URL(href, location.origin);
  const query = Object.fromEntries(address.searchParams);
  const last = decodeURIComponent(address.pathname.split("/").at(-1));
  const targets = {
    movements: query.sku && query.location ? to("items", query.sku, query.location) : null,
    reconciliation: to("reconciliations", last),
    reservations: to("promises", { view: query.proposals ? "stopped" : "open", location: query.location }),
  };
  return targets[rel]
    ? h("a", { href: targets[rel], on: { click: (event) => event.target.closest("dialog")?.close() } }, word(`link.${rel}`))
    : null;
}

const assign = (row, who, changed) =>
  ask({
    title: exceptionWord("takeTitle", { n: 1 }),
    action: exceptionWord("take"),
    fields: [
      {
        name: "owner",
        label: exceptionWord("takeWho"),
        value: row.owner ?? deskName(who),
        hint: exceptionWord("takeHint"),
        maxlength: 200,
      },
    ],
    submit: async ({ owner }) => {
      if (owner) keepDeskName(owner);
      await api.post(path`/v1/exceptions/${row.id}/assign`, { body: { owner: owner ?? null } });
      announce(owner ? exceptionWord("taken", { n: 1, owner }) : word("givenBack"));
      await changed();
    },
  });

/** The fields of each action. */
function fieldsOf(row, action) {
  if (action === "mapCode") {
    return [
      { name: "sku", label: word("sku"), kind: "item", required: true, hint: word("skuHint"), maxlength: 64 },
      {
        name: "unitsPerCode",
        label: word("unitsPerCode"),
        kind: "number",
        min: 1,
        max: 1_000_000,
        step: 1,
        value: 1,
        required: true,
        hint: word("unitsHint"),
      },
    ];
  }
  if (action === "mapLocation")
    return [{ name: "location", label: word("location"), kind: "place", required: true, maxlength: 64 }];
  if (action === "acceptAsNew") {
    return [
      { name: "name", label: word("name"), required: true, maxlength: 200, value: row.sku ?? row.location ?? "" },
      row.code ? { name: "sku", label: word("newSku"), maxlength: 64, hint: word("newSkuHint") } : null,
    ].filter(Boolean);
  }
  if (action === "correct" && !row.line) {
    return [
      {
        name: "delta",
        label: word("delta"),
        kind: "number",
        step: 1,
        required: true,
        value: row.units ? String(row.units) : "",
        hint: word("deltaHint"),
      },
      { name: "reason", label: exceptionWord("reason"), required: true, maxlength: 128 },
    ];
  }
  if (action === "dismiss")
    return [{ name: "reason", label: exceptionWord("reason"), required: true, maxlength: 200, hint: word("reasonHint") }];
  return [];
}

function resolve(row, action, who, changed) {
  const line = action === "correct" && row.line ? lineForm(row) : null;
  return ask({
    title: named("action", action),
    lead: word(`lead.${action === "correct" && !row.line ? "correctBalance" : action}`),
    action: named("action", action),
    danger: action === "dismiss",
    fields: [
      ...fieldsOf(row, action).map(field),
      ...(line?.fields ?? []),
      field({ name: "resolvedBy", label: exceptionWord("by"), value: deskName(who), maxlength: 200 }),
    ],
    submit: async ({ resolvedBy, ...values }) => {
      if (resolvedBy) keepDeskName(resolvedBy);
      const body = { action, ...(resolvedBy ? { resolvedBy } : {}), ...(line ? { line: line.read(values) } : values) };
      const now = await api.post(path`/v1/exceptions/${row.id}/resolve`, { body });
      announce(now.resolution ?? word("done"));
      await changed();
    },
  });
}

const NUMBERS = ["quantity", "delta", "expectedVersion"];

/** The members of a rejected line as fields, the wrong one first; what is no text or number is sent on as it was. */
function lineForm(row) {
  const parsed = lineOf(row);
  if (!parsed)
    return {
      fields: [field({ name: "line.whole", label: word("wholeLine"), kind: "textarea", value: row.line, rows: 6 })],
      read: (values) => JSON.parse(values["line.whole"]),
    };
  const wrong = row.problem?.pointer?.split("/")[1];
  const simple = Object.entries(parsed).filter(([, value]) => value === null || typeof value !== "object");
  simple.sort(([a], [b]) => (b === wrong) - (a === wrong));
  return {
    fields: simple.map(([name, value]) =>
      field({
        name: `line.${name}`,
        label: name,
        value: value === null ? "" : String(value),
        "aria-invalid": name === wrong ? "true" : null,
        hint: name === wrong ? humanText(row.detail) : null,
        readonly: name === "eventId",
      }),
    ),
    read: (values) => {
      const line = { ...parsed };
      for (const [name] of simple) {
        const text = values[`line.${name}`];
        if (text === undefined) delete line[name];
        else
          line[name] =
            NUMBERS.includes(name) && /^-?\d+$/.test(text)
              ? Number(text)
              : text === "true"
                ? true
                : text === "false"
                  ? false
                  : text;
      }
      return line;
    },
  };
}

const pretty = (row) => {
  const parsed = lineOf(row);
  return parsed ? JSON.stringify(parsed, null, 2) : row.line;
};
