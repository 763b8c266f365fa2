// Asks the engine, which runs in a worker: begins it when it is needed, sends calls one after the other, stops it.

/* global WORKER -- the worker's script, which the build puts here */

/** Why there is no answer: the engine could not be loaded, was stopped, or the browser cannot run it. */
class NoEngine extends Error {
  isKnown = true;
}

/** What is wrong with a call, as the package says it. */
class Refused extends Error {
  constructor({ message, ...more }) {
    super(message);
    Object.assign(this, more, { isKnown: true, isRefused: true });
  }
}

const SWITCHED_OFF =
  "WebAssembly is switched off in this browser, and the composer needs it. Switch it on, or use the command sagemaker-roles.";

export class Engine {
  /**
   * @param {string} folder address of its files, with a final slash
   * @param {number} size bytes of what is loaded first
   * @param {(state: {share?: number, isBusy?: boolean}) => void} told takes how much is loaded, and whether it works
   */
  constructor(folder, size, told) {
    Object.assign(this, { folder, size, told, queue: [] });
  }

  /** Begins to load it, unless it is there. */
  begin() {
    if (this.worker || typeof WebAssembly !== "object") return;
    this.address ??= URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
    // Made from a blob, it has the page's Content-Security-Policy.
    this.worker = new Worker(this.address, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.#heard(data));
    this.worker.addEventListener("error", () => this.#heard({ failed: "the worker failed" }));
    this.worker.postMessage({ folder: this.folder, isPlain: new URLSearchParams(location.search).has("plain") });
    this.told({ share: 0 });
  }

  /**
   * The answer to a call. A later call of the same slot takes the place of one that waits, which is never answered.
   *
   * @throws {Refused} the package says what is wrong with the call
   * @throws {NoEngine} there is no engine
   */
  ask(call, slot = call.do) {
    if (typeof WebAssembly !== "object") return Promise.reject(new NoEngine(SWITCHED_OFF));
    this.begin();
    return new Promise((resolve, reject) => {
      this.queue = [...this.queue.filter((one) => one.slot !== slot), { call, slot, resolve, reject }];
      this.#next();
    });
  }

  /** Ends what it does; the next call begins it anew. */
  stop() {
    this.#failed("stopped");
  }

  #next() {
    if (!this.isReady || this.current || !this.queue.length) return;
    this.current = this.queue.shift();
    this.worker.postMessage({ call: this.current.call });
    this.told({ isBusy: true });
  }

  #heard({ loaded, isReady, failed, ended, text }) {
    if (failed !== undefined) this.#failed(`The composer could not be loaded (${failed}). Reload the page, or use the command line.`);
    else if (ended) this.#failed("This input is too large, or nested too deeply. Change the input, or use the command line.");
    else if (loaded) this.told({ share: Math.min(1, loaded / this.size) });
    else if (isReady) {
      this.isReady = true;
      this.told({});
      this.#next();
    } else {
      const { resolve, reject } = this.current;
      this.current = null;
      this.told({});
      const { answer, error } = JSON.parse(text);
      if (error) reject(new Refused(error));
      else resolve(answer);
      this.#next();
    }
  }

  #failed(message) {
    this.worker?.terminate();
    const left = [this.current, ...this.queue].filter(Boolean);
    Object.assign(this, { worker: null, isReady: false, current: null, queue: [] });
    this.told({});
    for (const { reject } of left) reject(new NoEngine(message));
  }
}
