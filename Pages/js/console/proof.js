// Whether every figure is still the sum of its ledger lines, and the chain of lines unbroken.
import { badge, h } from "../dom.js";
import { ageElement, duration, timeElement } from "../time.js";
import { number } from "../texts.js";
import { api } from "../api.js";
import { words } from "./words.js";
import { balanceLink, facts, partHead, placeLink, renew, section } from "./ui.js";
import { plainTable } from "./list.js";

const word = words("proof");

/** "All 27,605 lines add up", in a sentence with its age. */
export function proofSentence(proof) {
  if (proof.proved === null) return [badge(word("notYet"), "info"), " ", word(proof.startedAt ? "running" : "notYetText")];
  if (proof.proved)
    return [
      badge(word("sound"), "ok"),
      " ",
      word("soundText", { balances: proof.balances, lines: proof.lines }),
      " ",
      ageElement(proof.finishedAt),
      ".",
    ];
  return [badge(word("broken"), "bad"), " ", word("brokenText", { n: proof.defects ?? 0 }), " ", ageElement(proof.finishedAt), "."];
}

export default async function proofPart({ live, signal }) {
  const page = h("div", { class: "stack" });

  async function refresh() {
    const proof = await api.get("/v1/proof", { signal });
    if (signal.aborted) return;
    const took = proof.startedAt && proof.finishedAt ? (Date.parse(proof.finishedAt) - Date.parse(proof.startedAt)) / 1_000 : null;
    renew(page, proof, () => [
      partHead(word("title"), word("lead")),
      h(
        "div",
        { class: "notice", data: { tone: proof.proved === null ? "info" : proof.proved ? "ok" : "bad" } },
        h("p", {}, proofSentence(proof)),
      ),
      proof.finishedAt === null
        ? null
        : section(
            word("checked"),
            facts(
              [word("finished"), timeElement(proof.finishedAt)],
              [word("took"), took === null ? null : duration(took)],
              [word("balances"), number(proof.balances)],
              [word("lines"), number(proof.lines)],
              [word("sum"), proof.sumOfAccounts === null ? null : number(proof.sumOfAccounts)],
              [word("defects"), number(proof.defects)],
              [word("withoutBalance"), number(proof.linesWithoutBalance)],
              [word("withoutLine"), number(proof.eventsWithoutLine)],
              [word("audit"), proof.auditEntries === null ? null : number(proof.auditEntries)],
              [word("auditDefect"), proof.auditDefect],
            ),
          ),
      proof.failures.length
        ? section(
            word("failures"),
            plainTable({
              caption: word("failures"),
              rows: proof.failures,
              columns: [
                { label: word("item"), cell: (row) => balanceLink(row.sku, row.location) },
                { label: word("location"), cell: (row) => placeLink(row.location) },
                { label: word("detail"), cell: (row) => row.detail },
              ],
            }),
          )
        : null,
      h("p", { class: "soft" }, word("command"), " ", h("code", {}, "holdfast proof")),
    ]);
  }

  await refresh();
  live.on(["proof."], refresh, { signal });
  return page;
}
