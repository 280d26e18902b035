// Words of the pages. All of them are in texts/, so that another language is one folder of files more.
import en from "../texts/en.js";

const language = "en";
const texts = new Map(Object.entries(en));
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

/** Adds the words of a part that loads later, such as texts/en-console.js. */
export function addTexts(more) {
  for (const [key, text] of Object.entries(more)) texts.set(key, text);
}

/** A whole number as people write it: 27,605. */
export const number = (value) => (value === null || value === undefined ? "–" : numbers.format(value));

/**
 * The words for `key`, with `{name}` replaced. A text may be `{ one: "…", other: "…" }`: then `values.n` chooses. A key without
 * words is shown as it is, so that it is noticed.
 */
export function t(key, values = {}) {
  let text = texts.get(key);
  if (text === undefined) return key;
  if (typeof text === "object") text = text[plurals.select(values.n ?? 0)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers.format(value) : String(value);
  });
}
