// What somebody must decide: how much of it, how old, and many at once.
import { announce, badge, h, problemNotice, put } from "../dom.js";
import { ageElement } from "../time.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { partHead, field, ask, deskName, keepDeskName, section } from "./ui.js";
import { pagedTable, plainTable, rowsOf } from "./list.js";
import { setQuery } from "./router.js";
import { openException } from "./exception.js";
import { about, describe, PRIORITY_TONES } from "./about.js";

const word = words("exceptions");
/** As many as the service decides in one request. */
const MANY_MAX = 100;
/** Assigning is one request each; so many are under way at one time. */
const AT_ONCE = 4;
/** What can be decided for many without asking about each. */
const FOR_MANY = ["recount", "dismiss", "acceptAsNew"];

export default async function exceptions({ who, query, live, signal, may, recount }) {
  const filter = {
    type: query.get("type") ?? "",
    status: query.get("status") ?? "",
    location: query.get("location") ?? who.locations?.[0] ?? "",
    source: query.get("source") ?? "",
  };
  const summary = h("div", {});
  const bar = h("div", { class: "bulk", hidden: true });
  const report = h("div", { "aria-live": "polite" });
  const canDecide = may("exceptions:write");

  const list = pagedTable({
    caption: word("title"),
    signal,
    page: MANY_MAX / 2,
    columns: [
      {
        label: word("what"),
        class: "wide",
        cell: (row) => [
          h(
            "button",
            { type: "button", class: "link-button strong", on: { click: () => show(row.id) } },
            named("exception", row.type),
          ),
          h("div", { class: "soft small-text clamp" }, describe(row)),
        ],
      },
      { label: word("about"), cell: (row) => about(row) },
      { label: word("age"), class: "nowrap", cell: (row) => ageElement(row.openedAt) },
      { label: word("priority"), cell: (row) => badge(named("priority", row.priority), PRIORITY_TONES[row.priority]) },
      { label: word("owner"), cell: (row) => row.owner ?? h("span", { class: "soft" }, word("nobody")) },
    ],
    load: rowsOf("/v1/exceptions", "exceptions", { query: filter, hasTotal: false, signal }),
    empty: {
      get text() {
        return Object.values(filter).some(Boolean) ? word("emptyFilter") : word("empty");
      },
    },
    sameness: ({ ageSeconds, ...row }) => JSON.stringify(row),
    select:
      canDecide && filter.status !== "resolved"
        ? { label: (row) => word("tick", { what: named("exception", row.type), id: row.id }), change: showBar }
        : null,
  });

  const show = (id) => openException({ id, who, may, changed: refresh });

  async function refresh() {
    await Promise.all([list.reload(), refreshSummary(), recount()]);
  }

  async function refreshSummary() {
    const answer = await api.get("/v1/exceptions/summary", { query: { location: filter.location, source: filter.source }, signal });
    if (signal.aborted) return;
    const ages = ["withinHour", "withinDay", "withinWeek", "older"];
    put(
      summary,
      answer.types.length
        ? plainTable({
            caption: word("summary"),
            cards: false,
            rows: [...answer.types].sort((a, b) => b.oldestAgeSeconds - a.oldestAgeSeconds),
            rowProps: (row) => ({ "aria-selected": row.type === filter.type ? "true" : null }),
            columns: [
              {
                label: word("type"),
                cell: (row) =>
                  h(
                    "button",
                    {
                      type: "button",
                      class: "link-button",
                      "aria-pressed": String(row.type === filter.type),
                      on: { click: () => choose({ type: row.type === filter.type ? "" : row.type }) },
                    },
                    named("exception", row.type),
                  ),
              },
              { label: word("all"), number: true, cell: (row) => number(row.open + row.assigned) },
              ...ages.map((age) => ({
                label: word(age),
                number: true,
                class: "age",
                cell: (row) => (row[age] ? number(row[age]) : h("span", { class: "soft" }, "0")),
              })),
              { label: word("oldest"), class: "nowrap", cell: (row) => ageElement(row.oldestOpenedAt) },
            ],
          })
        : null,
    );
  }

  function choose(change) {
    Object.assign(filter, change);
    setQuery(filter);
    for (const [name, value] of Object.entries(change)) {
      const input = filters.querySelector(`[name="${name}"]`);
      if (input) input.value = value;
    }
    list.restart();
    refreshSummary().catch(() => {});
  }

  const filters = h(
    "div",
    { class: "toolbar" },
    field({
      name: "status",
      label: word("status"),
      kind: "select",
      value: filter.status,
      options: [
        ["", word("open")],
        ["assigned", word("assigned")],
        ["resolved", word("resolved")],
      ],
      on: { change: (event) => choose({ status: event.target.value }) },
    }),
    field({
      name: "type",
      label: word("type"),
      kind: "select",
      value: filter.type,
      options: [["", word("anyType")], ...TYPES.map((type) => [type, named("exception", type)])],
      on: { change: (event) => choose({ type: event.target.value }) },
    }),
    field({
      name: "location",
      label: word("location"),
      kind: "place",
      value: filter.location,
      placeholder: word("anyLocation"),
      on: { change: (event) => choose({ location: event.target.value.trim() }) },
    }),
  );

  function showBar(rows) {
    bar.hidden = rows.length === 0;
    if (!rows.length) return put(bar);
    const offered = FOR_MANY.filter((action) =>
      rows.every((row) => row.actions.includes(action) && !(action === "acceptAsNew" && row.code)),
    );
    put(
      bar,
      h("strong", { role: "status" }, word("chosen", { n: rows.length })),
      button(word("take"), () => take(rows), "small primary"),
      offered.map((action) =>
        button(named("action", action), () => decide(rows, action), "small"),
      ),
      button(word("untick"), list.clear, "small quiet"),
    );
  }

  const take = (rows) =>
    ask({
      title: word("takeTitle", { n: rows.length }),
      action: word("take"),
      fields: [
        { name: "owner", label: word("takeWho"), value: deskName(who), hint: word("takeHint"), required: true, maxlength: 200 },
      ],
      submit: async ({ owner }) => {
        keepDeskName(owner);
        const failures = [];
        const queue = [...rows];
        const one = async () => {
          for (let row = queue.shift(); row; row = queue.shift()) {
            await api
              .post(path`/v1/exceptions/${row.id}/assign`, { body: { owner } })
              .catch((error) => failures.push({ row, error }));
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, one));
        said(
          failures.map(({ row, error }) => [row, error.detail]),
          word("taken", { n: rows.length - failures.length, owner }),
        );
      },
    });

  const decide = (rows, action) =>
    ask({
      title: word("decideTitle", { action: named("action", action), n: rows.length }),
      lead: word(`lead.${action}`),
      action: named("action", action),
      danger: action === "dismiss",
      fields: [
        action === "dismiss" ? { name: "reason", label: word("reason"), required: true, maxlength: 200 } : null,
        { name: "resolvedBy", label: word("by"), value: deskName(who), maxlength: 200 },
      ].filter(Boolean),
      submit: async ({ reason, resolvedBy }) => {
        if (resolvedBy) keepDeskName(resolvedBy);
        const resolutions = rows.slice(0, MANY_MAX).map((row) => ({
          id: row.id,
          action,
          ...(reason ? { reason } : {}),
          ...(action === "acceptAsNew" ? { name: row.sku ?? row.location } : {}),
        }));
        const { results } = await api.post("/v1/exception-resolutions", {
          body: { ...(resolvedBy ? { resolvedBy } : {}), resolutions },
        });
        const done = results.filter((one) => one.resolved).length;
        said(
          results.filter((one) => !one.resolved).map((one) => [rows.find((row) => row.id === one.id), one.problem?.detail]),
          word("decided", { n: done }),
        );
      },
    });

  function said(failures, text) {
    list.clear();
    announce(text);
    put(
      report,
      h(
        "div",
        { class: "notice", data: { tone: failures.length ? "warn" : "ok" } },
        h("strong", {}, text),
        failures.length
          ? h(
              "ul",
              {},
              failures.map(([row, detail]) => h("li", {}, `${row ? named("exception", row.type) : ""} ${row?.id ?? ""}: `, detail)),
            )
          : null,
      ),
    );
    refresh().catch((error) => put(report, problemNotice(error)));
  }

  await Promise.all([list.reload(), refreshSummary()]);
  live.on(["exception."], refresh, { signal });
  if (query.get("open")) show(query.get("open"));
  return h(
    "div",
    { class: "stack" },
    partHead(word("title"), word("lead")),
    summary,
    section(word("queue"), filters, bar, report, list.node),
  );
}

const TYPES = [
  "silentLocation",
  "outage",
  "stoppedLocation",
  "uncoveredSale",
  "negativeBalance",
  "countVariance",
  "reconciliationVariance",
  "latePickup",
  "unknownSku",
  "unknownCode",
  "wrongCheckDigit",
  "unknownLocation",
  "unknownLocationCode",
  "rejectedLine",
  "clockSkew",
  "excessReturn",
  "transferUnshipped",
  "transferShortage",
  "transferOverage",
  "transferElsewhere",
  "webhookPaused",
];
