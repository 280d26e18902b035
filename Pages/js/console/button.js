// Buttons: what one starts runs once at a time, and what the service says to it is seen.
import { h, openDialog, problemNotice } from "../dom.js";
import { t } from "../texts.js";

/**
 * A button that calls `run(event)`. Pressed again while that takes, it does nothing; where it fails, the reason is shown.
 * `look` is its classes, such as "small primary"; `more` are further attributes.
 */
export function button(text, run, look = "", more = {}) {
  let isBusy = false;
  const click = async (event) => {
    if (isBusy) return;
    isBusy = true;
    try {
      await run(event);
    } catch (error) {
      if (error?.name !== "AbortError") showProblem(error);
    } finally {
      isBusy = false;
    }
  };
  return h("button", { type: "button", class: `button ${look}`.trim(), on: { click }, ...more }, text);
}

/** What went wrong, in a dialog: where somebody pressed something there may be no place for it on the page. */
export function showProblem(error) {
  if (error instanceof TypeError) console.error(error);
  return openDialog({
    title: error?.title || t("page.failed"),
    body: problemNotice({ ...error, title: error?.title, detail: error?.detail || error?.message, errors: error?.errors }),
    actions: [{ label: t("page.close"), value: null, kind: "primary" }],
  });
}
