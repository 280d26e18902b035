// Who is using the page: by OpenID Connect (authorization code with PKCE, RFC 7636), or by an API key. A service in mode
// `open` asks nobody. What signs in is kept for this tab only (sessionStorage), so it is gone when the tab is closed.

const CREDENTIAL = "holdfast.credential";
const FLOW = "holdfast.signin";
const WHO = "holdfast.who";
/** A token that ends within so many milliseconds is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000;
const ISSUER_TIMEOUT_MS = 15_000;

let config = null;
let renewing = null;
let access = null;

/**
 * How people sign in here: `{ mode, issuer, clientId, audience, scope, version }`; `mode` is "open" or "token", `issuer` is
 * null where only API keys are taken.
 */
export function signInConfig() {
  config ??= fetch("/pages/config.json", { cache: "no-cache" }).then((answer) => {
    if (!answer.ok) throw new Error("the service does not say how to sign in");
    return answer.json();
  });
  config.catch(() => (config = null));
  return config;
}

/** What requests carry: `{ kind: "key" | "token", token }`, or null. */
export function credential() {
  try {
    const known = JSON.parse(sessionStorage.getItem(CREDENTIAL));
    return known?.token ? known : null;
  } catch {
    return null;
  }
}

export function keepCredential(known) {
  forgetCredential();
  sessionStorage.setItem(CREDENTIAL, JSON.stringify(known));
}

export function forgetCredential() {
  access = null;
  sessionStorage.removeItem(CREDENTIAL);
  sessionStorage.removeItem(WHO);
}

/** Who was signed in when the service was last asked; null for not since this sign-in. For pages that work without a network. */
export const lastWho = () => JSON.parse(sessionStorage.getItem(WHO));

/**
 * Who is calling and what they may do: `{ client, actor, scopes, locations, sources }`; `locations` is null for all.
 * Asked once a page. Rejects with an ApiProblem, 401 when nobody has signed in.
 */
export function whoAmI() {
  // Imported late, since api.js needs this module for its token.
  access ??= import("./api.js").then(({ api }) => api.get("/v1/access")).then((who) => {
    sessionStorage.setItem(WHO, JSON.stringify(who));
    return who;
  });
  access.catch(() => (access = null));
  return access;
}

/** Whether `who` (of `whoAmI`) has one of the scopes. */
export const may = (who, ...scopes) => scopes.some((scope) => who.scopes.includes(scope));

/** Where to go for the sign-in page and come back from it. */
export const signInAddress = (returnTo = location.pathname + location.search + location.hash) =>
  `/signin?to=${encodeURIComponent(returnTo)}`;

/** Only an address of this site, so that a link cannot lead whoever signs in elsewhere. */
export function safeReturn(text) {
  if (!text || !text.startsWith("/") || text.startsWith("//") || text.includes("\\")) return "/";
  const address = new URL(text, location.origin);
  return address.origin === location.origin ? address.pathname + address.search + address.hash : "/";
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function issuerMetadata(issuer) {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`the issuer answered ${answer.status}`);
  const metadata = await answer.json();
  if (metadata.issuer !== issuer) throw new Error("the issuer calls itself by another name");
  return metadata;
}

/** Leaves for the issuer's own sign-in page. Needs a secure context: https, or loopback. */
export async function beginSignIn(returnTo) {
  const { issuer, clientId, audience, scope } = await signInConfig();
  const metadata = await issuerMetadata(issuer);
  const flow = { state: random(), nonce: random(), verifier: random(), returnTo, token: metadata.token_endpoint };
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(flow.verifier)));
  sessionStorage.setItem(FLOW, JSON.stringify(flow));
  const address = new URL(metadata.authorization_endpoint);
  const asked = {
    response_type: "code", client_id: clientId, redirect_uri: `${location.origin}/signin`, scope, state: flow.state,
    nonce: flow.nonce, code_challenge: challenge, code_challenge_method: "S256",
    // The standard's name for whom the token is for (RFC 8707), and that of issuers which came before it.
    ...(audience ? { resource: audience, audience } : {}),
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  location.assign(address);
}

/**
 * Takes the issuer's answer from the address, if this is one.
 * @returns where to go on; null when the address has no answer in it. Throws when the issuer refused.
 */
export async function finishSignIn(search = location.search) {
  const answer = new URLSearchParams(search);
  if (!answer.has("code") && !answer.has("error")) return null;
  const flow = JSON.parse(sessionStorage.getItem(FLOW) ?? "null");
  sessionStorage.removeItem(FLOW);
  // Somebody else's answer, or one that was used: a second sign-in costs less than finding out which.
  if (!flow || answer.get("state") !== flow.state) throw new Error("this sign-in was not started here; please try again");
  if (answer.has("error")) throw new Error(answer.get("error_description") || answer.get("error"));
  const { clientId } = await signInConfig();
  const tokens = await tokensFrom(flow.token, {
    grant_type: "authorization_code", code: answer.get("code"), redirect_uri: `${location.origin}/signin`,
    client_id: clientId, code_verifier: flow.verifier,
  });
  if (tokens.id_token && claims(tokens.id_token).nonce !== flow.nonce) throw new Error("the issuer answered another sign-in");
  keepTokens(tokens, flow.token);
  return safeReturn(flow.returnTo);
}

const claims = (token) => {
  const text = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
};

async function tokensFrom(endpoint, form) {
  const answer = await fetch(endpoint, {
    method: "POST", body: new URLSearchParams(form), headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok || !body.access_token) throw new Error(body.error_description || body.error || `the issuer answered ${answer.status}`);
  return body;
}

function keepTokens(tokens, endpoint) {
  const seconds = Number(tokens.expires_in);
  keepCredential({
    kind: "token", token: tokens.access_token, refresh: tokens.refresh_token ?? null, endpoint,
    endsAt: Number.isFinite(seconds) ? Date.now() + seconds * 1_000 : null,
  });
}

/** Renews the token when the issuer gave the means to. @returns whether there is a new one. */
export function refreshedCredential() {
  const known = credential();
  if (!known?.refresh) return Promise.resolve(false);
  // Requests that find the token ended at one time renew it once: issuers take a refresh token once.
  renewing ??= signInConfig()
    .then(({ clientId }) =>
      tokensFrom(known.endpoint, { grant_type: "refresh_token", refresh_token: known.refresh, client_id: clientId }))
    .then((tokens) => {
      const who = lastWho();
      keepTokens({ refresh_token: known.refresh, ...tokens }, known.endpoint);
      if (who) sessionStorage.setItem(WHO, JSON.stringify(who));
      return true;
    })
    .catch(() => false)
    .finally(() => (renewing = null));
  return renewing;
}

/** Renews a token that is about to end; call it now and then on pages that stay open for hours. */
export async function keepSignedIn() {
  const known = credential();
  if (known?.endsAt && known.endsAt - Date.now() < RENEW_BEFORE_MS) await refreshedCredential();
}
