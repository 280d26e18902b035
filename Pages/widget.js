/*
 * <holdfast-stock sku="1082185" service="https://stock.example" key="hfk_…"></holdfast-stock>
 *
 * How much of an item there is, as a shopper may know it: its band, "only 2 left", the nearest stores with when it could be
 * picked up, and the shopper's own store. Live. It makes public storefront calls only, sets no cookie, and looks as the page
 * wants it: ::part(band), ::part(store), ::part(stores), … See docs/pages.md.
 */
(() => {
  if (customElements.get("holdfast-stock")) return;
  const MY_STORE = "holdfast.my-store";
  /** Milliseconds: how often to look without a stream, and with one, since "only n left" has no event of its own. */
  const LOOK_MS = 15_000;
  const LOOK_LIVE_MS = 30_000;
  /** A stream that is silent for three heartbeats is gone; an answer that is older than this is not shown. */
  const SILENCE_MS = 45_000;
  const STALE_MS = 120_000;
  const WAIT_MS_MAX = 30_000;
  const STORES_MAX = 4;
  const origin = document.currentScript ? new URL(document.currentScript.src).origin : location.origin;

  const words = {
    inStock: "In stock", low: "Only a few left", out: "Sold out", onlyLeft: "Only {n} left",
    here: "Pick up in a store", my: "My store", choose: "Make this my store", chosen: "My store", near: "Use my location",
    ready: "Ready by {time}", open: "open until {time}", opens: "opens {time}", isOpen: "open", closed: "closed", km: "{km} km",
    none: "No store has it right now.", noOther: "No other store has it right now.", unknown: "",
  };

  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { display: block; font: inherit; color: inherit; line-height: 1.4; }
    :host([hidden]) { display: none; }
    [part~=band] { display: flex; align-items: center; gap: .5em; font-weight: 600; min-height: 1.5em; }
    [part~=mark] { width: .7em; height: .7em; border-radius: 50%; background: currentColor; flex: none; }
    [data-band=inStock] [part~=mark], [part~=mark][data-band=inStock] { color: var(--holdfast-in-stock, #17803d); }
    [data-band=low] [part~=mark], [part~=mark][data-band=low] { color: var(--holdfast-low, #b25e00); border-radius: 0; transform: rotate(45deg) scale(.85); }
    [data-band=out] [part~=mark], [part~=mark][data-band=out] { color: var(--holdfast-out, #b3261e); background: none; border: .15em solid; box-sizing: border-box; }
    details { margin-top: .5em; }
    summary { cursor: pointer; min-height: 1.75em; }
    ul { list-style: none; margin: .25em 0 0; padding: 0; display: grid; gap: .6em; }
    li, [part~=my] { display: grid; grid-template-columns: 1fr auto; gap: 0 .75em; align-items: center; }
    [part~=my] { margin-top: .5em; }
    [part~=line] { display: flex; gap: .5em; align-items: center; }
    [part~=more] { font-size: .9em; opacity: .85; grid-column: 1; }
    button { font: inherit; font-size: .9em; min-height: 2.2em; padding: .2em .7em; color: inherit; background: none; border: 1px solid; border-radius: .4em; cursor: pointer; grid-column: 2; grid-row: 1 / span 2; }
    button[part~=near] { margin-top: .5em; }
    :focus-visible { outline: 3px solid #1a5fd0; outline-offset: 2px; }
  `);

  const make = (tag, part, ...children) => {
    const element = document.createElement(tag);
    if (part) element.setAttribute("part", part);
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  };

  class HoldfastStock extends HTMLElement {
    static observedAttributes = ["sku", "service", "key", "channel", "latitude", "longitude", "words", "quantity"];
    #key = null;
    #root = this.attachShadow({ mode: "open" });
    #run = null;
    #item = null;
    #at = 0;
    #heard = 0;
    #place = null;
    #isOpen = false;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [style];
    }

    /** The key for the calls; as a property it does not show in the page. It is public all the same. */
    set key(text) { this.#key = text; this.#restart(); }
    get key() { return this.#key ?? this.getAttribute("key"); }

    /** The browser kept the page for "back", without its connection. */
    #back = (event) => event.persisted && this.#restart();

    connectedCallback() {
      addEventListener("pageshow", this.#back);
      this.#restart();
    }

    disconnectedCallback() {
      removeEventListener("pageshow", this.#back);
      this.#run?.abort();
    }
    attributeChangedCallback() { if (this.isConnected) this.#restart(); }

    #word(name, values = {}) {
      let own = {};
      try { own = JSON.parse(this.getAttribute("words") ?? "{}"); } catch { /* Not JSON: ours are shown. */ }
      return (own[name] ?? words[name] ?? "").replace(/\{(\w+)\}/g, (_, value) => values[value] ?? "");
    }

    #restart() {
      this.#run?.abort();
      this.#item = null;
      this.#draw();
      if (!this.isConnected || !this.getAttribute("sku")) return;
      // Attributes that are set together start it once.
      const run = (this.#run = new AbortController());
      queueMicrotask(() => run.signal.aborted || this.#live(run.signal));
    }

    get #headers() { return this.key ? { Authorization: `Bearer ${this.key}` } : {}; }

    #address(path, query) {
      const url = new URL(path, this.getAttribute("service") || origin);
      for (const [name, value] of Object.entries(query)) {
        for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") url.searchParams.append(name, one);
      }
      url.search = url.search.replaceAll("+", "%20");
      return url;
    }

    get #coordinates() {
      const place = this.#place ?? { latitude: this.getAttribute("latitude"), longitude: this.getAttribute("longitude") };
      // Two decimals are a kilometre: near enough, and an answer that a cache can share.
      const round = (text) => (text === null ? null : Math.round(Number(text) * 100) / 100);
      return { latitude: round(place.latitude), longitude: round(place.longitude) };
    }

    async #read(signal) {
      const heard = this.#heard;
      const sku = this.getAttribute("sku");
      const query = { channel: this.getAttribute("channel"), quantity: this.getAttribute("quantity") };
      const item = `/v1/storefront/availability/${encodeURIComponent(sku)}`;
      const get = async (more) => {
        const answer = await fetch(this.#address(item, { ...query, ...more }), { headers: this.#headers, credentials: "omit", cache: "no-cache", signal });
        if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
        return answer.json();
      };
      const mine = myStore();
      const [found, own] = await Promise.all([get({ ...this.#coordinates, limit: STORES_MAX }), mine ? get({ location: mine }).catch(() => null) : null]);
      // What the stream has said meanwhile is newer.
      if (heard === this.#heard) Object.assign((this.#item ??= {}), { band: found.band, onlyLeft: found.onlyLeft });
      Object.assign((this.#item ??= {}), { stores: found.locations, mine: own?.locations[0] ?? null });
      this.#at = Date.now();
      this.#draw();
    }

    async #live(signal) {
      const look = () => this.#read(signal).catch(() => this.#draw());
      look();
      let isLive = false;
      let looked = Date.now();
      const timer = setInterval(() => {
        if (document.hidden || Date.now() - looked < (isLive ? LOOK_LIVE_MS : LOOK_MS)) return;
        looked = Date.now();
        look();
      }, 1_000);
      signal.addEventListener("abort", () => clearInterval(timer));
      addEventListener("pagehide", () => this.#run?.abort(), { once: true, signal });
      addEventListener("storage", (event) => event.key === MY_STORE && look(), { signal });
      let lastId = null;
      for (let wait = 1_000; !signal.aborted; wait = Math.min(wait * 2, WAIT_MS_MAX)) {
        const started = Date.now();
        try {
          const query = { types: "inventory.band.changed", sku: this.getAttribute("sku"), channel: this.getAttribute("channel") };
          const answer = await fetch(this.#address("/v1/event-stream", query), {
            headers: { ...this.#headers, ...(lastId ? { "Last-Event-ID": lastId } : {}) }, credentials: "omit", cache: "no-store", signal,
          });
          if (answer.status === 410) lastId = null;
          if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
          isLive = true;
          look();
          const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
          for (let text = ""; ; ) {
            const silence = setTimeout(() => reader.cancel(), SILENCE_MS);
            const { done, value } = await reader.read().finally(() => clearTimeout(silence));
            if (done) break;
            const messages = (text + value).split("\n\n");
            text = messages.pop();
            for (const message of messages) {
              const fields = new Map(message.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
              if (fields.has("id")) lastId = fields.get("id");
              if (fields.get("event") === "inventory.band.changed") this.#hear(JSON.parse(fields.get("data")).data, look);
            }
          }
        } catch (error) {
          if (signal.aborted) return;
        }
        isLive = false;
        if (Date.now() - started > 60_000) wait = 1_000;
        // Not all pages at once.
        await new Promise((resume) => setTimeout(resume, wait * (0.5 + Math.random())));
      }
    }

    #hear(change, look) {
      const item = this.#item;
      if (!item || change.sku !== this.getAttribute("sku")) return;
      if (change.location) {
        for (const store of [...(item.stores ?? []), item.mine]) {
          if (store?.location === change.location) Object.assign(store, { band: change.band, onlyLeft: null });
        }
      } else if (this.getAttribute("channel") ? change.channel === this.getAttribute("channel") : change.group === null && change.channel === null) {
        this.#heard += 1;
        Object.assign(item, { band: change.band, onlyLeft: null });
        // How many are left no event says.
        setTimeout(look, 50);
      } else {
        return;
      }
      this.#at = Date.now();
      this.#draw();
    }

    /** "Only 2 left" and not a band; nothing at all where nothing is known or it is too old: an old word is worse than none. */
    #draw() {
      const item = Date.now() - this.#at < STALE_MS ? this.#item : null;
      this.dataset.band = item?.band ?? "";
      const band = make("div", "band", item?.band ? make("span", "mark") : null, make("span", "text", item?.band ? this.#text(item) : this.#word("unknown")));
      band.dataset.band = item?.band ?? "";
      band.setAttribute("role", "status");
      const kept = this.#root.querySelector("[part~=band]");
      const said = kept?.textContent;
      // The status region stays the same element, or screen readers do not say what changed in it.
      if (kept) {
        if (said !== band.textContent || kept.dataset.band !== band.dataset.band) kept.replaceChildren(...band.childNodes);
        kept.dataset.band = band.dataset.band;
      } else {
        this.#root.append(band);
      }
      for (const old of this.#root.querySelectorAll("[part~=my], details")) old.remove();
      if (!item?.stores || this.hasAttribute("compact")) return;
      if (item.mine) this.#root.append(this.#store(item.mine, "div", "my"));
      this.#root.append(this.#list(item));
    }

    #text({ band, onlyLeft }) { return onlyLeft ? this.#word("onlyLeft", { n: onlyLeft }) : this.#word(band); }

    #list(item) {
      const others = item.stores.filter((store) => store.location !== item.mine?.location);
      const list = make("ul", "stores", ...others.map((store) => this.#store(store, "li", "store")));
      const near = "geolocation" in navigator && !this.#place && !this.getAttribute("latitude") ? make("button", "near", this.#word("near")) : null;
      near?.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => {
        this.#place = { latitude: coords.latitude, longitude: coords.longitude };
        this.#read(this.#run.signal).catch(() => {});
      }));
      const details = make("details", "pickup", make("summary", "summary", this.#word("here")), others.length ? list : make("p", "none", this.#word(item.stores.length ? "noOther" : "none")), near);
      details.open = this.#isOpen;
      details.addEventListener("toggle", () => (this.#isOpen = details.open));
      return details;
    }

    #store(store, tag, part) {
      const mark = make("span", "mark");
      mark.dataset.band = store.band;
      const isMine = store.location === myStore();
      const more = [
        this.#text(store), (store.distanceKm ?? 0) < 0.1 ? null : this.#word("km", { km: store.distanceKm < 10 ? store.distanceKm.toFixed(1) : Math.round(store.distanceKm) }),
        store.readyBy && store.band !== "out" ? this.#word("ready", { time: clock(store.readyBy) }) : null,
        store.isOpen === null ? null : store.isOpen ? (store.closesAt ? this.#word("open", { time: clock(store.closesAt) }) : this.#word("isOpen")) : store.opensAt ? this.#word("opens", { time: clock(store.opensAt) }) : this.#word("closed"),
      ].filter(Boolean).join(" · ");
      const choose = isMine ? null : make("button", "choose", this.#word("choose"));
      choose?.setAttribute("aria-label", `${this.#word("choose")}: ${store.name}`);
      choose?.addEventListener("click", () => {
        try { localStorage.setItem(MY_STORE, store.location); } catch { /* It is theirs for this page only. */ }
        this.dispatchEvent(new CustomEvent("holdfast:store", { bubbles: true, composed: true, detail: { location: store.location, name: store.name } }));
        Object.assign(this.#item, { mine: store });
        this.#draw();
      });
      return make(tag, part, make("span", "line", mark, make("strong", "name", part === "my" ? `${this.#word("my")}: ${store.name}` : store.name)), make("span", "more", more), choose);
    }
  }

  const myStore = () => {
    try { return localStorage.getItem(MY_STORE); } catch { return null; }
  };

  /** As the shopper's own clock shows it; with the day where that is not today. */
  const clock = (iso) => {
    const time = new Date(iso);
    const isToday = time.toDateString() === new Date().toDateString();
    return time.toLocaleString(document.documentElement.lang || undefined, { ...(isToday ? {} : { weekday: "short" }), hour: "2-digit", minute: "2-digit" });
  };

  customElements.define("holdfast-stock", HoldfastStock);
})();
