// Signing in: with the shop's own account, or with an API key.
import { api } from "./api.js";
import { h, problemNotice, put } from "./dom.js";
import { header } from "./page.js";
import { beginSignIn, finishSignIn, forgetCredential, keepCredential, safeReturn, signInConfig } from "./signin.js";
import { t } from "./texts.js";

const main = document.getElementById("main");
const returnTo = safeReturn(new URLSearchParams(location.search).get("to"));
document.title = `${t("page.signIn")} · Holdfast`;
put(document.getElementById("top"), header({ current: "signin", who: null, hidesSignIn: true }));

start();

async function start() {
  let failure = null;
  try {
    const done = await finishSignIn();
    if (done) return location.replace(done);
  } catch (error) {
    failure = error;
    history.replaceState(null, "", "/signin");
  }
  try {
    const config = await signInConfig();
    if (config.mode === "open") return location.replace(returnTo);
    draw(config, failure);
  } catch (error) {
    put(main, problemNotice(error, { retry: () => location.reload(), retryLabel: t("page.again") }));
  }
}

function draw(config, failure) {
  const hasIssuer = Boolean(config.issuer);
  put(main, h("div", { class: "signin stack" },
    h("h1", {}, t("signin.title")),
    failure ? problemNotice({ title: t("signin.failed"), detail: failure.message }) : null,
    hasIssuer ? issuerPart() : null,
    hasIssuer ? h("details", { class: "card" }, h("summary", {}, t("signin.withKey")), keyPart()) : h("div", { class: "card" }, keyPart())));
}

function issuerPart() {
  const state = h("div", {});
  const button = h("button", { class: "button primary wide", type: "button", on: { click: async () => {
    button.disabled = true;
    try {
      await beginSignIn(returnTo);
    } catch (error) {
      put(state, problemNotice({ title: t("signin.unreached"), detail: error.message }));
      button.disabled = false;
    }
  } } }, t("signin.withAccount"));
  return h("div", { class: "card stack" }, h("p", { class: "soft" }, t("signin.accountHint")), button, state);
}

function keyPart() {
  const input = h("input", { id: "key", class: "input", type: "password", required: true, autocomplete: "off", spellcheck: "false", "aria-describedby": "key-hint" });
  const state = h("div", {});
  return h("form", { class: "stack", on: { submit: async (event) => {
    event.preventDefault();
    put(state);
    keepCredential({ kind: "key", token: input.value.trim() });
    try {
      await api.get("/v1/access");
      location.replace(returnTo);
    } catch (error) {
      forgetCredential();
      put(state, problemNotice(error.status === 401 ? { title: t("signin.badKey"), detail: t("signin.badKeyDetail") } : error));
      input.select();
    }
  } } },
  h("div", { class: "field" }, h("label", { for: "key" }, t("signin.key")), input, h("p", { class: "hint", id: "key-hint" }, t("signin.keyHint"))),
  h("button", { class: "button primary", type: "submit" }, t("page.signIn")), state);
}
