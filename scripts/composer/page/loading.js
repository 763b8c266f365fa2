// Loads the compiled catalog, operation by operation: what needs one that is not there yet is done again when it is.

import { Catalog, FORMAT } from "../catalog.js";

/** Thrown where a file is needed that is not loaded yet: an operation's, or one of late parts. */
class NotLoaded extends Error {
  constructor(file) {
    super(`${file} is not loaded`);
    this.file = file;
  }
}

/** A part of the catalog that the server does not give. */
export class LoadError extends Error {}

/** The files of a compiled catalog. */
export class Loader {
  /** @param {string} folder the address of the files, with a final slash */
  constructor(folder) {
    this.folder = folder;
    this.files = new Map();
    this.loading = new Map();
  }

  /** The catalog, whose operations are loaded when they are needed; one that is needed for sure can be loaded with it. */
  async catalog(operation = "") {
    const [index, late] = await Promise.all([this.#json("index"), this.#json("late")]);
    if (index.format !== FORMAT) throw new LoadError("its files are of another version than the page");
    if (index.operations.includes(operation)) await this.load(operation);
    return new Catalog(index, late, (name) => {
      if (!this.files.has(name)) throw new NotLoaded(name);
      return this.files.get(name);
    });
  }

  /** Loads the file of an operation or of late parts, once; after a failure it can be tried again. */
  async load(name) {
    this.files.set(name, await this.extra(name));
  }

  /** Loads the files of all operations at once, in one. */
  async all(catalog) {
    this.whole ??= this.#json("records");
    let data;
    try {
      data = await this.whole;
    } catch (error) {
      this.whole = null;
      throw error;
    }
    if (this.files.get("")) return;
    Object.assign(catalog.data.shapes.types, data.types);
    for (const part of catalog.data.shared) Object.assign(catalog.data[part], data[part]);
    for (const name of [...data.inputs, ...Object.keys(data.operations)]) {
      if (!this.files.has(name)) this.files.set(name, { record: data.operations[name] ?? null, types: {} });
    }
    this.files.set("", true);
  }

  /** A file of the catalog that one tab needs, once. */
  async extra(name) {
    if (!this.loading.has(name)) this.loading.set(name, this.#json(name));
    try {
      return await this.loading.get(name);
    } catch (error) {
      this.loading.delete(name);
      throw error;
    }
  }

  /** Does something that needs files of the catalog, at once if they are there. Whatever it did before is repeated. */
  async whenLoaded(work) {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof NotLoaded)) throw error;
        await this.load(error.file);
      }
    }
  }

  async #json(name) {
    const response = await fetch(`${this.folder}${name}.json`).catch((error) => {
      throw new LoadError(error.message);
    });
    if (!response.ok) throw new LoadError(`${response.status}`);
    return response.json().catch(() => {
      throw new LoadError("a damaged file");
    });
  }
}
