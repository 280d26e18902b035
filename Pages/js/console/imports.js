// Files that were sent: how far they are and what became of their rows.
import { announce, badge, h } from "../dom.js";
import { ageElement } from "../time.js";
import { number } from "../texts.js";
import { api, newId } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { ask, field, humanText, partHead } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";
import { go, setQuery, to } from "./router.js";

const word = words("imports");
export const TONES = { receiving: "info", waiting: "info", running: "info", done: "ok", failed: "bad", cancelled: "quiet" };
export const KINDS = [
  "movements",
  "counts",
  "bookFigures",
  "snapshots",
  "items",
  "aliases",
  "locations",
  "locationAliases",
  "locationGroups",
  "sources",
  "safetyStockRules",
  "thresholds",
  "ringFences",
  "saleRestrictions",
  "expectedSupply",
  "transfers",
];
const GOOD = [
  "applied",
  "stored",
  "unchanged",
  "duplicate",
  "recordedBeforeCount",
  "sound",
  "matched",
  "withinTolerance",
  "explained",
  "corrected",
];
/** While one is under way the list is read again so often, in milliseconds: the feed has no events of imports. */
const WATCH_MS = 1_500;
const UPLOAD_TIMEOUT_MS = 600_000;

export const isRunning = (row) => ["receiving", "waiting", "running"].includes(row.state);

export default async function imports({ query, signal }) {
  const list = pagedTable({
    caption: word("title"),
    signal,
    columns: [
      {
        label: word("file"),
        cell: (row) => [
          h("a", { class: "strong", href: to("imports", row.id) }, row.name ?? row.id.slice(0, 8)),
          h("div", { class: "soft small-text" }, named("importKind", row.kind), row.source ? ` · ${row.source}` : null),
        ],
      },
      { label: word("sent"), class: "nowrap", cell: (row) => ageElement(row.createdAt) },
      {
        label: word("state"),
        cell: (row) =>
          h(
            "div",
            { class: "row" },
            badge(named("import", row.state), TONES[row.state]),
            row.dryRun ? badge(word("dryRun"), "info") : null,
          ),
      },
      { label: word("progress"), class: "wide", cell: (row) => progress(row) },
    ],
    load: rowsOf("/v1/imports", "imports", { hasTotal: false, signal }),
    empty: { text: word("empty") },
  });
  await list.reload();
  watch(signal, () => list.rows().some(isRunning), list.reload);
  // Whoever was sent here to send a file of a kind is asked for it, once.
  if (KINDS.includes(query.get("send"))) {
    setQuery({ send: null });
    setTimeout(() => signal.aborted || send(query.get("send")));
  }
  return h(
    "div",
    { class: "stack" },
    partHead(
      word("title"),
      word("lead"),
      button(word("send"), () => send(), "primary"),
    ),
    list.node,
  );
}

/** Reads again while something is under way and somebody looks. */
export function watch(signal, isDue, run) {
  const timer = setInterval(() => !document.hidden && isDue() && run(), WATCH_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

export function progress(row) {
  if (row.problem) return h("span", { class: "bad-text" }, humanText(row.problem.detail));
  const parts = Object.entries(row.counts).filter(([, count]) => count > 0);
  const bad = parts.filter(([name]) => !GOOD.includes(name));
  return [
    isRunning(row)
      ? h("progress", {
          class: "progress",
          max: row.recordsTotal ?? 1,
          value: row.recordsTotal ? row.recordsDone : null,
          "aria-label": word("progressLabel"),
        })
      : null,
    h(
      "div",
      {},
      row.recordsTotal ? word("of", { done: row.recordsDone, total: row.recordsTotal }) : word("rows", { n: row.recordsDone }),
      parts.filter(([name]) => GOOD.includes(name)).map(([name, count]) => ` · ${number(count)} ${named("verdict", name)}`),
    ),
    bad.length
      ? h("div", { class: "bad-text" }, bad.map(([name, count]) => `${number(count)} ${named("verdict", name)}`).join(" · "))
      : null,
  ];
}

/** Sends a file; as a trial it changes nothing and says what it would do. */
async function send(kind) {
  const key = newId();
  const id = await ask({
    title: word("sendTitle"),
    lead: word("sendLead"),
    action: word("send"),
    fields: [
      field({
        name: "file",
        label: word("file"),
        kind: "file",
        required: true,
        accept: ".csv,.ndjson,.jsonl,.gz,text/csv,application/x-ndjson",
      }),
      field({
        name: "kind",
        label: word("kind"),
        kind: "select",
        value: kind,
        options: KINDS.map((one) => [one, named("importKind", one)]),
      }),
      field({ name: "source", label: word("source"), hint: word("sourceHint"), maxlength: 64 }),
      field({ name: "mapping", label: word("mapping"), hint: word("mappingHint"), maxlength: 64 }),
      field({ name: "dryRun", label: word("dryRunLabel"), kind: "check", value: true }),
    ],
    submit: async ({ file, kind, source, mapping, dryRun }) => {
      if (!file) throw { title: word("noFile"), detail: word("noFileDetail") };
      const answer = await api.post("/v1/imports", {
        query: { kind, source, mapping, dryRun, name: file.name.slice(0, 200), format: isLines(file.name) ? "ndjson" : "csv" },
        body: file,
        contentType: mediaType(file.name),
        headers: { "Idempotency-Key": key },
        timeoutMs: UPLOAD_TIMEOUT_MS,
      });
      return answer.id;
    },
  });
  if (!id) return;
  announce(word("sentNow"));
  go(to("imports", id));
}

const isLines = (name) => /\.(ndjson|jsonl)(\.gz)?$/i.test(name);
const mediaType = (name) => (/\.gz$/i.test(name) ? "application/gzip" : isLines(name) ? "application/x-ndjson" : "text/csv");
