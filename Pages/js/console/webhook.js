// One webhook: its deliveries, what could not be delivered, and what to do about it.
import { announce, badge, h, openDialog, problemNotice, put } from "../dom.js";
import { ageElement, timeElement } from "../time.js";
import { number } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { ask, backLink, facts, partHead, renew, section, shownOnce, sure } from "./ui.js";
import { pagedTable, rowsOf } from "./list.js";
import { go, to } from "./router.js";
import { TONES, webhookDialog } from "./webhooks.js";

const word = words("webhook-detail");
/** Deliveries are no events of the feed, so they are read again so often while somebody looks, in milliseconds. */
const WATCH_MS = 5_000;

export default async function webhook({ params, signal }) {
  const { id } = params;
  const base = path`/v1/webhooks/${id}`;
  const head = h("div", { class: "stack" });
  const report = h("div", {});

  const deliveries = pagedTable({
    caption: word("deliveries"),
    key: (row) => `${row.message} ${row.attempt} ${row.at}`,
    signal,
    columns: [
      { label: word("at"), class: "nowrap", cell: (row) => timeElement(row.at) },
      {
        label: word("result"),
        cell: (row) => badge(row.delivered ? word("delivered") : word("failed"), row.delivered ? "ok" : "bad"),
      },
      { label: word("status"), number: true, cell: (row) => row.status ?? "–" },
      { label: word("took"), number: true, cell: (row) => word("ms", { n: row.milliseconds }) },
      { label: word("events"), number: true, cell: (row) => number(row.events) },
      { label: word("attempt"), number: true, cell: (row) => number(row.attempt) },
      { label: word("error"), class: "wide", cell: (row) => row.error ?? "–" },
    ],
    load: rowsOf(`${base}/deliveries`, "deliveries", { hasTotal: false, signal }),
    empty: { text: word("noDeliveries") },
  });
  const letters = pagedTable({
    caption: word("deadLetters"),
    key: (row) => row.event,
    signal,
    columns: [
      { label: word("event"), cell: (row) => h("code", {}, row.event) },
      { label: word("at"), class: "nowrap", cell: (row) => timeElement(row.at) },
      { label: word("attempts"), number: true, cell: (row) => number(row.attempts) },
      { label: word("error"), class: "wide", cell: (row) => row.error },
    ],
    load: rowsOf(`${base}/dead-letters`, "deadLetters", { hasTotal: false, signal }),
    empty: { text: word("noDeadLetters") },
  });

  async function refresh() {
    const row = await api.get(base, { signal });
    if (signal.aborted) return;
    const { delivery } = row;
    renew(head, row, () => [
      backLink(to("webhooks"), word("back")),
      partHead(row.description ?? row.id, h("span", { class: "raw" }, row.url), actions(row)),
      h(
        "div",
        { class: "row" },
        badge(named("webhook", delivery.state), TONES[delivery.state]),
        delivery.pausedReason ? badge(named("pausedReason", delivery.pausedReason), "bad") : null,
      ),
      delivery.lastError
        ? h(
            "div",
            { class: "notice", data: { tone: "warn" } },
            h("strong", {}, delivery.lastError),
            h(
              "p",
              {},
              word("failures", { n: delivery.failures }),
              delivery.failingSince ? [" ", word("since"), " ", ageElement(delivery.failingSince)] : null,
              delivery.nextAttemptAt ? [". ", word("next"), " ", ageElement(delivery.nextAttemptAt), "."] : ".",
            ),
          )
        : null,
      facts(
        [
          word("types"),
          row.types.length
            ? h(
                "ul",
                { class: "plain" },
                row.types.map((type) => h("li", {}, h("code", {}, type))),
              )
            : word("allTypes"),
        ],
        [word("location"), row.location],
        [word("sku"), row.sku],
        [word("group"), row.group],
        [word("channel"), row.channel],
        [word("cursor"), h("code", {}, delivery.cursor)],
        [word("setAside"), delivery.setAside ? number(delivery.setAside) : null],
        [word("replay"), delivery.replay ? `${delivery.replay.after} → ${delivery.replay.through}` : null],
        [word("secrets"), word("secretsText", { n: row.secrets.length })],
      ),
    ]);
  }

  const again = () => Promise.all([refresh(), deliveries.reload(), letters.reload()]);
  function actions(row) {
    return [
      button(word("ping"), ping),
      row.delivery.state === "paused"
        ? button(
            word("resume"),
            async () => {
              await api.post(`${base}/resume`, { body: {} });
              announce(word("resumed"));
              await again();
            },
            "primary",
          )
        : null,
      row.delivery.deadLetters
        ? button(word("replayLetters"), () =>
            ask({
              title: word("replayTitle"),
              lead: word("replayLead", { n: row.delivery.deadLetters }),
              action: word("replayAction"),
              submit: async () => {
                await api.post(`${base}/replay`, { body: { deadLetters: true } });
                announce(word("replaying"));
                await again();
              },
            }),
          )
        : null,
      button(word("replayFrom"), () =>
        ask({
          title: word("replayFrom"),
          lead: word("replayFromLead"),
          action: word("replayAction"),
          fields: [
            { name: "from", label: word("from"), kind: "datetime-local", required: true },
            { name: "to", label: word("to"), kind: "datetime-local" },
          ],
          submit: async (values) => {
            await api.post(`${base}/replay`, { body: values });
            announce(word("replaying"));
            await again();
          },
        }),
      ),
      button(word("change"), async () => (await webhookDialog(row)) && again()),
      button(word("rotate"), () => rotate()),
      button(
        word("remove"),
        () =>
          sure(word("removeTitle", { id }), word("removeLead"), word("remove"), async () => {
            await api.delete(base);
            announce(word("removed"));
            go(to("webhooks"));
          }),
        "danger",
      ),
    ];
  }

  async function rotate() {
    const answer = await ask({
      title: word("rotateTitle"),
      lead: word("rotateLead"),
      action: word("rotate"),
      submit: () => api.post(`${base}/secrets`, { body: {} }),
    });
    if (answer?.secret) await shownOnce(word("secretTitle"), word("secretLead"), answer.secret);
    await refresh();
  }

  async function ping() {
    try {
      const answer = await api.post(`${base}/ping`, { body: {} });
      await openDialog({
        title: answer.delivered ? word("pingGood") : word("pingBad"),
        body: [
          h(
            "p",
            {},
            answer.delivered
              ? word("pingGoodText", { n: answer.milliseconds, status: answer.status })
              : (answer.error ?? word("pingStatus", { status: answer.status })),
          ),
        ],
        actions: [{ label: word("close"), value: true, kind: "primary" }],
      });
    } catch (error) {
      put(report, problemNotice(error));
    }
    await again();
  }

  await again();
  const timer = setInterval(() => document.hidden || again(), WATCH_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return h(
    "div",
    { class: "stack" },
    head,
    report,
    section(word("deliveries"), deliveries.node),
    section(word("deadLetters"), letters.node),
  );
}
