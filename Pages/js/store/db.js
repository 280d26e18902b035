// What the page keeps on the device: the last answers, and what was entered and not sent yet. In IndexedDB, since both must
// outlive a reload without a network.

const NAME = "holdfast-store";
const VERSION = 1;
/** Answers older than this are thrown away at start, in milliseconds: nobody decides by last week's pick list. */
const KEPT_MS = 3 * 86_400_000;

let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("answers", { keyPath: "key" });
      request.result.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opened.catch(() => (opened = null));
  return opened;
}

/** One operation on one store, done when it is on the disk. */
async function run(store, mode, operation) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const request = operation(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const answers = {
  get: (key) => run("answers", "readonly", (store) => store.get(key)),
  put: (key, data) => run("answers", "readwrite", (store) => store.put({ key, data, at: Date.now() })),
  async sweep() {
    const all = await run("answers", "readonly", (store) => store.getAll());
    for (const { key, at } of all) {
      if (Date.now() - at > KEPT_MS) await run("answers", "readwrite", (store) => store.delete(key));
    }
  },
  /** Of whoever signs out: the next one may not see it. */
  clear: () => run("answers", "readwrite", (store) => store.clear()),
};

export const outbox = {
  all: () => run("outbox", "readonly", (store) => store.getAll()),
  add: (entry) => run("outbox", "readwrite", (store) => store.add(entry)),
  put: (entry) => run("outbox", "readwrite", (store) => store.put(entry)),
  delete: (seq) => run("outbox", "readwrite", (store) => store.delete(seq)),
};
