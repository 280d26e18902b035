// The console's words: `words("stores")("title")` is the text `console.stores.title` of texts/en-console.js.
import { addTexts, t } from "../texts.js";
import en from "../../texts/en-console.js";

addTexts(
  Object.fromEntries(
    Object.entries(en).flatMap(([part, texts]) => Object.entries(texts).map(([key, text]) => [`console.${part}.${key}`, text])),
  ),
);

/** The words of one part. */
export const words = (part) => (key, values) => t(`console.${part}.${key}`, values);

/** Words of the service, such as an exception's type or a line's: `named("exception", "silentLocation")`; unknown ones as they are. */
export function named(kind, value) {
  if (value === null || value === undefined) return "–";
  const key = `console.${kind}.${value}`;
  const text = t(key);
  return text === key ? String(value) : text;
}
