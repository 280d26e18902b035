// Making or changing a rule: first its effect, then the rule.
import { announce, badge, h, openDialog, problemNotice, put } from "../dom.js";
import { number, t } from "../texts.js";
import { api, path } from "../api.js";
import { named, words } from "./words.js";
import { button } from "./button.js";
import { balanceLink, bandBadge, field, placeLink, signed, valuesOf } from "./ui.js";
import { plainTable } from "./list.js";
import { KINDS } from "./rules.js";
import { fieldText } from "./zone.js";

const word = words("rule-form");
const PREVIEWED = 8;

/** Asks for a rule of `kind`; `row` is the one to change, or null for a new one with `id`. @returns whether one was saved. */
export function ruleDialog({ kind, row, id }) {
  const about = KINDS[kind];
  const scope = row?.scope ?? {};
  const effect = h("div", { class: "stack", "aria-live": "polite" });
  const local = (iso) => (iso ? fieldText(iso).slice(0, 16) : "");
  const fields = [
    field({ name: "id", label: word("id"), value: row?.id ?? id, required: true, maxlength: 64, readonly: Boolean(row) }),
    h(
      "fieldset",
      { class: "fieldset" },
      h("legend", {}, word("scope")),
      field({ name: "sku", label: word("sku"), kind: "item", value: scope.sku ?? "", placeholder: word("any") }),
      field({ name: "location", label: word("location"), kind: "place", value: scope.location ?? "", placeholder: word("any") }),
      field({ name: "group", label: word("group"), value: scope.group ?? "", placeholder: word("any"), maxlength: 64 }),
      field({ name: "channel", label: word("channel"), value: scope.channel ?? "", placeholder: word("any"), maxlength: 64 }),
      field({
        name: "method",
        label: word("method"),
        kind: "select",
        value: scope.method ?? "",
        options: [
          ["", word("any")],
          ["pickup", named("method", "pickup")],
          ["ship", named("method", "ship")],
        ],
      }),
    ),
    about.quantity
      ? field({
          name: "quantity",
          label: word(`quantity.${kind}`),
          kind: "number",
          min: 0,
          step: 1,
          value: String(row?.quantity ?? 0),
          required: true,
        })
      : null,
    about.percent
      ? field({
          name: "percent",
          label: word("percent"),
          kind: "number",
          min: 0,
          max: 100,
          step: 1,
          value: String(row?.percent ?? 0),
        })
      : null,
    about.priority
      ? field({
          name: "priority",
          label: word("priority"),
          kind: "number",
          min: 0,
          step: 1,
          value: String(row?.priority ?? 0),
          hint: word("priorityHint"),
        })
      : null,
    h(
      "div",
      { class: "two" },
      field({ name: "validFrom", label: word("from"), kind: "datetime-local", value: local(row?.validFrom) }),
      field({ name: "validTo", label: word("to"), kind: "datetime-local", value: local(row?.validTo) }),
    ),
  ].filter(Boolean);
  const form = h("div", { class: "stack" }, fields, effect);

  const rule = (values) => {
    const { id: _, sku, location, group, channel, method, ...rest } = values;
    return {
      scope: Object.fromEntries(Object.entries({ sku, location, group, channel, method }).filter(([, value]) => value)),
      ...rest,
    };
  };

  async function preview(values) {
    const answer = await api.post("/v1/rule-previews", {
      body: { kind, id: row?.id ?? null, rule: rule(values), channel: values.channel ?? null, limit: PREVIEWED },
    });
    put(
      effect,
      h("h3", {}, word("effect")),
      summary(answer),
      answer.changes.length
        ? plainTable({
            caption: word("effect"),
            rows: answer.changes,
            columns: [
              { label: word("sku"), cell: (one) => balanceLink(one.sku, one.location) },
              { label: word("location"), cell: (one) => placeLink(one.location) },
              { label: word("before"), number: true, cell: (one) => number(one.before.availableToSell) },
              { label: word("after"), number: true, cell: (one) => h("strong", {}, number(one.after.availableToSell)) },
              {
                label: word("band"),
                cell: (one) => (one.after.eligible ? bandBadge(one.after.band) : badge(word("notSold"), "warn")),
              },
            ],
          })
        : null,
      answer.totals.balances > answer.changes.length
        ? h("p", { class: "soft small-text" }, word("more", { n: answer.totals.balances - answer.changes.length }))
        : null,
    );
    effect.scrollIntoView({ block: "nearest" });
    return answer;
  }

  function summary({ totals }) {
    if (!totals.balances)
      return h("p", {}, totals.isComplete ? word("nothing", { n: totals.lookedAt }) : word("nothingSoFar", { n: totals.lookedAt }));
    return h(
      "p",
      {},
      word("summary", {
        n: totals.balances,
        before: totals.availableToSellBefore,
        after: totals.availableToSellAfter,
        change: signed(totals.availableToSellAfter - totals.availableToSellBefore),
      }),
      totals.openReservations ? ` ${word("reservations", { n: totals.openReservations })}` : null,
      totals.isComplete ? null : ` ${word("notAll", { n: totals.lookedAt })}`,
    );
  }

  let seen = null;
  const whole = () => form.closest("form");
  const look = async () => {
    const values = valuesOf(whole());
    put(effect);
    await preview(values);
    seen = JSON.stringify(values);
  };
  const see = () => whole().reportValidity() && look().catch((error) => put(effect, problemNotice(error)));
  form.insertBefore(h("div", {}, button(word("preview"), see)), effect);
  return openDialog({
    title: row ? word("changeTitle", { id: row.id }) : named("ruleNew", kind),
    body: form,
    actions: [
      { label: t("console.ui.cancel"), value: null },
      {
        label: word("save"),
        kind: "primary",
        run: async () => {
          const values = valuesOf(whole());
          // Whoever saves without having looked is shown the effect first; the second press saves.
          if (seen !== JSON.stringify(values)) {
            await look();
            throw { title: word("look"), detail: word("lookDetail") };
          }
          await api.put(about.path + path`/${values.id}`, {
            body: rule(values),
            headers: row ? { "If-Match": `"${row.version}"` } : { "If-None-Match": "*" },
          });
          announce(word("saved", { id: values.id }));
          return true;
        },
      },
    ],
  });
}
