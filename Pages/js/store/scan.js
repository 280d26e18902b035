// Codes come from the camera where the browser can read them, from a scanner that types, or by hand.
import { h, openDialog, put } from "../dom.js";
import { t } from "../texts.js";

const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "itf", "code_128", "code_39", "qr_code"];
/** The camera is looked at so often, in milliseconds. */
const LOOK_MS = 150;
/** A scanner sends its characters at one go: milliseconds between two of them, with room for a slow radio. */
const TYPING_MS = 250;
const SCANNED_LENGTH_MIN = 4;

export const canScan = () => "BarcodeDetector" in globalThis && !!navigator.mediaDevices?.getUserMedia;

/** Opens the camera in a dialog. @returns the code; null when it was closed. Rejects when the camera may not be used. */
export async function scanWithCamera() {
  const supported = await BarcodeDetector.getSupportedFormats();
  const detector = new BarcodeDetector({ formats: FORMATS.filter((format) => supported.includes(format)) });
  const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const video = h("video", { class: "scan-video", playsinline: true, "aria-label": t("store.scan.camera") });
  video.muted = true;
  video.srcObject = camera;
  let code = null;
  let timer = null;
  const look = async () => {
    const found = await detector.detect(video).catch(() => []);
    if (found.length) {
      code = found[0].rawValue;
      video.closest("dialog")?.close();
      return;
    }
    timer = setTimeout(look, LOOK_MS);
  };
  const closed = openDialog({
    title: t("store.scan.title"),
    body: [video, h("p", { class: "soft" }, t("store.scan.hint"))],
    actions: [{ label: t("store.cancel") }],
  });
  try {
    await video.play();
    look();
    await closed;
  } finally {
    clearTimeout(timer);
    for (const track of camera.getTracks()) track.stop();
  }
  return code;
}

/** Calls `onCode` with what a scanner types while no field has the focus; such a scanner ends with Enter. */
export function listenToScanner(onCode) {
  let typed = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = event.timeStamp;
    if (now - last > TYPING_MS) typed = "";
    last = now;
    if (event.key === "Enter") {
      if (typed.length >= SCANNED_LENGTH_MIN) {
        event.preventDefault();
        onCode(typed);
      }
      typed = "";
    } else if (event.key.length === 1) {
      typed += event.key;
    }
  });
}

/** A field for a code, with the camera beside it where there is one. `onCode(text)` gets what was entered or scanned. */
export function codeField({ label, placeholder, hint, submit, onCode, autofocus = false }) {
  const id = `code-${Math.random().toString(36).slice(2)}`;
  const input = h("input", {
    id, class: "input", type: "search", placeholder, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    enterkeyhint: "search", "aria-describedby": hint ? `${id}-hint` : null,
  });
  const failure = h("p", { class: "small-text", role: "alert" });
  const form = h("form", { class: "code-form", role: "search", on: { submit: (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) onCode(text);
  } } },
  h("div", { class: "field" }, h("label", { for: id }, label),
    h("div", { class: "code-row" }, input,
      canScan() ? h("button", { class: "button scan-button", type: "button", "aria-label": t("store.scan.open"), on: { click: async () => {
        put(failure);
        try {
          const code = await scanWithCamera();
          if (code) {
            input.value = code;
            onCode(code);
          }
        } catch {
          put(failure, t("store.scan.refused"));
        }
      } } }, h("span", { class: "scan-icon", "aria-hidden": "true" })) : null,
      h("button", { class: "button primary", type: "submit" }, submit)),
    hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null, failure));
  if (autofocus) setTimeout(() => input.focus({ preventScroll: true }));
  return { element: form, input };
}
