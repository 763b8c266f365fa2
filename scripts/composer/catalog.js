// The compiled catalog as the composer uses it, read operation by operation: the same reading as catalog/ of the package.

/** What the compiled files are like, as FORMAT of the package: a browser may have kept files of another version. */
export const FORMAT = "41a96868";

/** Placeholders every ARN shares. A form of a value that names one of them fixes it for that value only. */
export const GLOBALS = ["Partition", "Region", "Account"];

/** The statement sets, kinds, trust statements and operations of a compiled catalog. */
export class Catalog {
  /**
   * @param {object} index index.json of the compiled catalog
   * @param {object} late late.json
   * @param {(name: string) => object} read gives what the file of an operation, or of other late parts, holds, or throws,
   *   when it is needed first; after what it threw, what needed it can be called again
   */
  constructor(index, late, read) {
    this.read = read;
    this.taken = new Set();
    this.memo = new Map();
    this.data = { ...index, ...late, operations: {} };
    for (const part of index.shared) this.data[part] = { ...index[part], ...late[part] };
    for (const [part, file] of Object.entries(index.late)) {
      if (!Object.hasOwn(late, part)) Object.defineProperty(this.data, part, { get: () => this.#late(file)[part], configurable: true });
    }
    for (const name of index.operations) {
      const get = () => this.#take(name).record;
      Object.defineProperty(this.data.operations, name, { get, enumerable: true, configurable: true });
    }
  }

  get operations() {
    return Object.keys(this.data.operations).sort();
  }

  /** Takes over what the file of an operation holds. */
  #take(name) {
    const chunk = this.read(name);
    this.taken.add(name);
    Object.assign(this.data.shapes.types, chunk.types);
    if (chunk.record) {
      for (const part of this.data.shared) Object.assign(this.data[part], chunk[part]);
      Object.defineProperty(this.data.operations, name, { value: chunk.record, enumerable: true });
    }
    return chunk;
  }

  /** Takes over what a file of late parts holds. */
  #late(name) {
    const parts = this.read(name);
    for (const part of this.data.shared) Object.assign(this.data[part], parts[part]);
    for (const [part, file] of Object.entries(this.data.late)) if (file === name) Object.defineProperty(this.data, part, { value: parts[part] });
    return parts;
  }

  has(name) {
    return Object.hasOwn(this.data.operations, name);
  }

  operation(name) {
    return this.#make("operations", name, ({ roles, caller, ...data }) => ({
      ...data,
      roles: roles.map((role) => this.#grantee(role)),
      caller: caller && this.#grantee(caller),
    }));
  }

  kind(name) {
    return this.#make("resources", name, (data) => ({ ...data, regions: this.regions, forms: data.forms.map(formOf) }));
  }

  trust(name) {
    return this.#make("trust", name, (data) => ({
      ...data,
      entry: this.#entry(data.entry),
      principal: Object.entries(data.principal),
      condition: conditionOf(data.condition),
    }));
  }

  /** What containers do, in order of their IDs. */
  get containers() {
    return Object.keys(this.data.containers ?? {})
      .sort()
      .map((id) =>
        this.#make("containers", id, ({ reads, ...data }) => ({
          ...data,
          reads: reads.map(({ entries, ...read }) => ({
            ...read,
            entries: entries.map((entry) => ({ ...this.#entry(entry), container: id })),
          })),
        })),
      );
  }

  /** Why values of some forms need no permission, as findings say it. */
  get spared() {
    const kinds = Object.values(this.data.resources);
    const key = `spared/${kinds.length}`;
    if (!this.memo.has(key)) {
      const forms = kinds.flatMap((kind) => kind.forms).filter((form) => form.noPermission && !form.isWrong);
      this.memo.set(key, new Set(forms.map((form) => form.noPermission)));
    }
    return this.memo.get(key);
  }

  get partitions() {
    return this.data.partitions;
  }

  /** The pattern of the Regions of each AWS partition. */
  get regions() {
    if (!this.memo.has("regions")) {
      const patterns = Object.entries(this.partitions).map(([name, data]) => [name, new RegExp(`^(?:${data.region_pattern})$`, "u")]);
      this.memo.set("regions", new Map(patterns));
    }
    return this.memo.get("regions");
  }

  get sources() {
    return this.data.sources;
  }

  get shapes() {
    return this.data.shapes;
  }

  /** Request shapes by name, among them all of one operation's request. */
  shapesOf(operation) {
    if (!this.taken.has(operation) && Object.hasOwn(this.shapes.inputs, operation)) this.#take(operation);
    return this.shapes.types;
  }

  #make(part, name, make) {
    const key = `${part}/${name}`;
    if (!this.memo.has(key)) {
      if (!Object.hasOwn(this.data[part], name)) throw new Error(`there is no ${name} among ${part}`);
      this.memo.set(key, make(this.data[part][name]));
    }
    return this.memo.get(key);
  }

  #grantee({ entries, addons, ...data }) {
    return {
      ...data,
      entries: entries.map((entry) => this.#entry(entry)),
      addons: addons.map((addon) => ({ ...addon, entries: addon.entries.map((entry) => this.#entry(entry)) })),
    };
  }

  /** An entry with the statements that it uses, and why each is needed. */
  #entry(data) {
    const key = `sets/${data.use}`;
    if (data.use && !this.memo.has(key)) this.memo.set(key, this.data.statements[data.use].statements.map(statementOf));
    const statements = data.use ? this.memo.get(key) : data.statements.map(statementOf);
    return { ...data, statements, needed: data.needed ?? statements };
  }
}

/** A condition as a list of [operator, [[key, values]…]], in the catalog's order. */
function conditionOf(data) {
  return Object.entries(data).map(([operator, keys]) => [operator, Object.entries(keys)]);
}

function statementOf(data) {
  return { ...data, condition: conditionOf(data.condition) };
}

function formOf(data) {
  const scopes = Object.entries(data.scopes).map(([name, scope]) => [name, { ...scope, condition: conditionOf(scope.condition) }]);
  return { ...data, pattern: new RegExp(`^(?:${data.pattern})$`, "u"), scopes: new Map(scopes) };
}

/** The forms of a parameter's value that an entry is for, the one placeholders stand for first. */
export function formsOf(entry, parameter, kind) {
  return entry.accepted[parameter].map((id) => kind.forms.find((form) => form.id === id));
}
