// One file: how far it is, and the rows that did not go through, in the file's own words.
import { announce, badge, h, put } from "../dom.js";
import { timeElement } from "../time.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { backLink, choices, download, facts, partHead, section, sure } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";
import { to } from "./router.js";
import { isRunning, progress, TONES, watch } from "./imports.js";

const word = words("import-detail");
const VERDICT_TONES = {
  rejected: "bad",
  parked: "warn",
  conflict: "bad",
  skipped: "quiet",
  variance: "bad",
  unknown: "warn",
  appliedUncovered: "warn",
};

export default async function importPart({ params, signal }) {
  const { id } = params;
  let row = await api.get(path`/v1/imports/${id}`, { signal });
  let verdict = "";
  const head = h("div", { class: "stack" });
  const list = pagedTable({
    caption: word("report"),
    key: (line) => `${line.line} ${line.verdict} ${line.code}`,
    signal,
    page: 100,
    columns: [
      { label: word("line"), number: true, cell: (line) => number(line.line) },
      { label: word("verdict"), cell: (line) => badge(named("verdict", line.verdict), VERDICT_TONES[line.verdict] ?? "ok") },
      { label: word("why"), class: "wide", cell: (line) => line.detail },
      { label: word("raw"), class: "wide", cell: (line) => h("code", { class: "raw" }, line.raw) },
    ],
    load: rowsOf(path`/v1/imports/${id}/report`, "lines", { query: () => ({ verdict }), hasTotal: false, signal }),
    empty: {
      get text() {
        return word({ done: "empty", failed: "emptyFailed", cancelled: "emptyCancelled" }[row.state] ?? "emptyYet");
      },
    },
  });

  function show() {
    put(
      head,
      backLink(to("imports"), word("back")),
      partHead(
        row.name ?? row.id,
        named("importKind", row.kind),
        isRunning(row) ? button(word("cancel"), cancel, "danger") : null,
        row.reportedLines
          ? button(word("csv"), () =>
              download(path`/v1/imports/${id}/report`, `report-${row.name ?? id}.csv`, {
                query: { verdict },
                accept: "text/csv",
              }),
            )
          : null,
      ),
      h(
        "div",
        { class: "row" },
        badge(named("import", row.state), TONES[row.state]),
        row.dryRun ? badge(word("dryRun"), "info") : null,
      ),
      h("div", { role: "status" }, progress(row)),
      row.skippedBecause.length
        ? h(
            "ul",
            {},
            row.skippedBecause.map((one) => h("li", {}, word("skipped", { n: one.count, reason: one.reason }))),
          )
        : null,
      facts(
        [word("source"), row.source],
        [word("mapping"), row.mapping],
        [word("size"), word("bytes", { n: row.bytesReceived })],
        [word("sent"), timeElement(row.createdAt)],
        [word("started"), row.startedAt ? timeElement(row.startedAt) : null],
        [word("finished"), row.finishedAt ? timeElement(row.finishedAt) : null],
      ),
    );
  }

  const cancel = () =>
    sure(word("cancelTitle"), word("cancelLead"), word("cancel"), async () => {
      row = await api.post(path`/v1/imports/${id}/cancel`, {});
      announce(word("cancelled"));
      show();
    });

  show();
  await list.reload();
  watch(
    signal,
    () => isRunning(row),
    async () => {
      row = await api.get(path`/v1/imports/${id}`, { signal });
      show();
      await list.reload();
    },
  );
  const reported = ["rejected", "parked", "conflict", "skipped", "variance", "appliedUncovered", "unknown"].filter(
    (one) => row.counts[one],
  );
  return h(
    "div",
    { class: "stack" },
    head,
    section(
      word("report"),
      reported.length > 1
        ? choices(
            "verdict",
            word("filter"),
            ["", ...reported].map((one) => [one, one ? named("verdict", one) : word("all"), one ? row.counts[one] : null]),
            verdict,
            (next) => ((verdict = next), list.restart()),
          )
        : null,
      row.reportTruncated ? h("p", { class: "soft" }, word("truncated")) : null,
      list.node,
    ),
  );
}
