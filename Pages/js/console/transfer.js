// One transfer: what was sent, what came, and what to do about the rest.
import { announce, badge, h } from "../dom.js";
import { timeElement } from "../time.js";
import { number } from "../texts.js";
import { api, newId, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { zoneOf } from "./places.js";
import { ask, backLink, balanceLink, facts, field, partHead, placeLink, renew, section, signed, sure } from "./ui.js";
import { plainTable } from "./list.js";
import { to } from "./router.js";
import { expected, TONES } from "./transfers.js";

const word = words("transfer-detail");
/** Facts that the console reports carry this source. */
const SOURCE = "console";

export default async function transfer({ params, live, signal, may, recount }) {
  const { id } = params;
  const page = h("div", { class: "stack" });

  async function refresh() {
    const row = await api.get(path`/v1/transfers/${id}`, { signal });
    if (signal.aborted) return;
    const zone = zoneOf(row.to);
    renew(page, { ...row, asOf: null }, () => [
      backLink(to("transfers"), word("back")),
      partHead(word("title", { reference: row.reference ?? row.id }), null, may("transfers:write") ? actions(row) : null),
      h(
        "div",
        { class: "row" },
        badge(named("transfer", row.state), TONES[row.state]),
        row.isOverdue ? badge(word("late"), "bad") : null,
      ),
      facts(
        [word("from"), row.from ? placeLink(row.from) : word("supplier")],
        [word("to"), placeLink(row.to)],
        [word("expected"), expected(row)],
        [word("created"), timeElement(row.createdAt, zone)],
        [word("shipped"), row.shippedAt ? timeElement(row.shippedAt, zone) : null],
        [word("received"), row.receivedAt ? timeElement(row.receivedAt, zone) : null],
        [word("closed"), row.closedAt ? [timeElement(row.closedAt, zone), row.closeReason ? ` · ${row.closeReason}` : null] : null],
        [word("reservation"), row.reservation ? h("a", { href: to("promises", row.reservation) }, word("kept")) : null],
      ),
      section(
        word("lines"),
        plainTable({
          caption: word("lines"),
          rows: row.lines,
          columns: [
            { label: word("item"), cell: (line) => balanceLink(line.sku, row.to) },
            { label: word("ordered"), number: true, cell: (line) => number(line.quantity) },
            { label: word("shipped"), number: true, cell: (line) => number(line.shipped) },
            {
              label: word("received"),
              number: true,
              cell: (line) => [
                number(line.received),
                line.receivedUnsellable
                  ? h("div", { class: "soft small-text" }, word("unsellable", { n: line.receivedUnsellable }))
                  : null,
              ],
            },
            {
              label: word("outstanding"),
              number: true,
              cell: (line) => (line.outstanding ? h("strong", {}, number(line.outstanding)) : "0"),
            },
            {
              label: word("variance"),
              number: true,
              cell: (line) => (line.variance ? h("span", { class: "bad-text" }, signed(line.variance)) : "0"),
            },
          ],
        }),
      ),
    ]);
  }

  async function after(text) {
    announce(text);
    await Promise.all([refresh(), recount()]);
  }

  function actions(row) {
    const base = path`/v1/transfers/${id}`;
    const idempotent = () => ({ headers: { "Idempotency-Key": newId() } });
    const outstanding = row.lines.filter((line) => line.outstanding > 0);
    const list = [];
    if (row.state === "shipped" && outstanding.length) {
      // One event id for the dialog, so that a second try of the same receipt counts once.
      list.push(
        button(
          word("receive"),
          () => {
            const eventId = `console-${newId()}`;
            return ask({
              title: word("receiveTitle"),
              lead: word("receiveLead"),
              action: word("receive"),
              fields: outstanding.map((line) =>
                field({
                  name: line.id,
                  label: line.sku,
                  kind: "number",
                  min: 0,
                  step: 1,
                  value: String(line.outstanding),
                  hint: word("receiveHint", { n: line.outstanding }),
                }),
              ),
              submit: async (values) => {
                const lines = outstanding
                  .map((line) => ({ id: line.id, quantity: values[line.id] ?? 0 }))
                  .filter((line) => line.quantity > 0);
                if (!lines.length) throw { title: word("nothing"), detail: word("nothingDetail") };
                const answer = await api.post(`${base}/receive`, { body: { source: SOURCE, eventId, lines } });
                const refused = answer.results.find((one) => one.problem);
                if (refused) throw { title: word("refused"), detail: refused.problem.detail };
                await after(word("receivedNow"));
              },
            });
          },
          "primary",
        ),
      );
    }
    if (row.state === "draft" || row.state === "shipped") {
      list.push(
        button(word("reschedule"), () =>
          ask({
            title: word("rescheduleTitle"),
            lead: word("rescheduleLead"),
            action: word("reschedule"),
            fields: [{ name: "expectedAt", label: word("expected"), kind: "datetime-local", required: true }],
            submit: async ({ expectedAt }) => {
              await api.post(`${base}/reschedule`, { body: { expectedAt }, ...idempotent() });
              await after(word("rescheduled"));
            },
          }),
        ),
      );
    }
    if (row.state === "shipped" || row.state === "received") {
      list.push(
        button(
          word("close"),
          () =>
            ask({
              title: word("closeTitle"),
              lead: word("closeLead"),
              action: word("close"),
              danger: true,
              fields: [{ name: "reason", label: word("reason"), required: true, maxlength: 128 }],
              submit: async ({ reason }) => {
                await api.post(`${base}/close`, { body: { reason }, ...idempotent() });
                await after(word("closedNow"));
              },
            }),
          "danger",
        ),
      );
    }
    if (row.state === "draft") {
      list.push(
        button(
          word("cancel"),
          () =>
            sure(word("cancelTitle"), word("cancelLead"), word("cancel"), async () => {
              await api.post(`${base}/cancel`, { body: {}, ...idempotent() });
              await after(word("cancelled"));
            }),
          "danger",
        ),
      );
    }
    return list;
  }

  await refresh();
  live.on(["transfer."], refresh, { signal });
  return page;
}
