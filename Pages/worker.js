// Keeps the shell of the store page for the time without a network: its page, its modules, its style. Data is none of its
// business: js/store keeps that, and says how old it is. The service puts its version in place of `dev`.
const ASSETS = "/assets/dev/";
const SHELL = `holdfast-store-${ASSETS}`;
const PAGE = "/store";
/** A network that takes longer than this for the page is as good as none, in milliseconds. */
const PATIENCE_MS = 3_000;

const isOfStore = (name) =>
  !name.startsWith("js/console/") && !name.includes("console") && /^(js|css|texts|icons)\/|^icon|webmanifest$/.test(name);

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(SHELL);
    const names = await (await fetch(`${ASSETS}files.json`)).json();
    await cache.addAll([PAGE, "/pages/config.json", ...names.filter(isOfStore).map((name) => ASSETS + name)]);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("holdfast-store-") && name !== SHELL) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const isPage = request.mode === "navigate" && (url.pathname === PAGE || url.pathname.startsWith(`${PAGE}/`));
  if (isPage) event.respondWith(networkFirst(request, PAGE));
  else if (url.pathname === "/pages/config.json") event.respondWith(networkFirst(request, url.pathname));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(assetOf(request, url));
});

/** What is new, and what is kept when the network is away or slow. */
async function networkFirst(request, key) {
  const cache = await caches.open(SHELL);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) await cache.put(key, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(key);
    if (kept) return kept;
    throw error;
  }
}

/** A file under a version never changes, so what is kept is right; while developing there is none. */
async function assetOf(request, url) {
  const cache = await caches.open(SHELL);
  if (!url.pathname.startsWith("/assets/dev/")) {
    const kept = await cache.match(request);
    if (kept) return kept;
    return fetch(request);
  }
  return networkFirst(request, url.pathname);
}
