// The compiled catalog as the composer uses it, read operation by operation: the same reading as catalog.py.

/** Placeholders every ARN shares. A form of a value that names one of them fixes it for that value only. */
export const GLOBALS = ["Partition", "Region", "Account"];

/** The statement sets, kinds, trust statements and operations of a compiled catalog. */
export class Catalog {
  /**
   * @param {object} index index.json of the compiled catalog
   * @param {object} late late.json
   * @param {(operation: string) => object} read gives what the file of an operation holds, or throws, when the operation
   *   is needed first; after what it threw, what needed the operation can be called again
   */
  constructor(index, late, read) {
    this.read = read;
    this.taken = new Set();
    this.memo = new Map();
    this.data = { ...index, ...late, operations: {} };
    for (const part of index.shared) this.data[part] = { ...index[part], ...late[part] };
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

  has(name) {
    return Object.hasOwn(this.data.operations, name);
  }

  operation(name) {
    return this.#make("operations", name, (data) => ({
      name: data.operation,
      service: data.service,
      summary: data.summary,
      usesRoleOf: data.uses_role_of ?? [],
      steps: data.steps ?? {},
      roles: (data.roles ?? []).map((role) => this.#grantee(role)),
      caller: data.caller ? this.#grantee(data.caller, "caller") : null,
      pitfalls: data.pitfalls ?? [],
    }));
  }

  kind(name) {
    return this.#make("resources", name, (data) => kindOf(data, this.regions));
  }

  trust(name) {
    return this.#make("trust", name, (data) => ({
      id: data.id,
      title: data.title,
      sid: data.Sid,
      // The statement as a use of parameters, to tell what its placeholders stand for.
      entry: { prefix: "", members: [], constants: {}, parameters: data.parameters ?? {}, accepts: {}, statements: [] },
      principal: Object.entries(data.Principal),
      actions: data.Action,
      condition: conditionOf(data.Condition),
      why: data.why,
      evidence: data.evidence,
      sources: data.sources,
    }));
  }

  /** What containers do, in order of their IDs. */
  get containers() {
    this.prepared ??= Object.keys(this.data.containers ?? {})
      .sort()
      .map((id) => this.data.containers[id])
      .map((data) => ({
        id: data.id,
        title: data.title,
        images: data.images ?? [],
        registries: data.registries ?? [],
        roles: data.roles,
        reads: data.reads.map((read) => ({
          members: read.members,
          keys: read.keys ?? [],
          unless: read.unless ?? [],
          entries: (read.statements ?? []).map((item) => ({ ...this.#entry(item), container: data.id })),
          noPermission: read.no_permission ?? "",
        })),
      }));
    return this.prepared;
  }

  /** Why values of some forms need no permission, as findings say it. */
  get spared() {
    const kinds = Object.values(this.data.resources);
    const key = `spared/${kinds.length}`;
    if (!this.memo.has(key)) {
      this.memo.set(key, new Set(kinds.flatMap(({ forms }) => forms.flatMap((form) => form.no_permission ?? []))));
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

  #grantee(data, defaultId = "") {
    return {
      id: data.id ?? defaultId,
      title: data.title ?? "Caller",
      summary: data.summary ?? "",
      parameters: data.parameters ?? [],
      notPassed: data.not_passed ?? "",
      trust: data.trust ?? [],
      entries: (data.statements ?? []).map((item) => this.#entry(item)),
      addons: (data.addons ?? []).map((item) => ({
        id: item.id,
        title: item.title,
        when: item.when ?? "",
        usage: item.usage ?? "",
        request: item.request ?? "",
        trust: item.trust ?? [],
        notes: item.notes ?? [],
        entries: (item.statements ?? []).map((entry) => this.#entry(entry)),
      })),
    };
  }

  #entry(data) {
    const shared = "use" in data ? this.data.statements[data.use] : null;
    return {
      use: data.use ?? "",
      prefix: data.as ?? "",
      members: data.from ?? [],
      valuesIn: data.values_in ?? "",
      constants: data.with ?? {},
      parameters: (shared ?? data).parameters ?? {},
      accepts: { ...(shared?.accepts ?? {}), ...(data.accepts ?? {}) },
      statements: (shared ? shared.statements : [data]).map(statementOf),
      why: shared ? (data.why ?? "") : "",
      evidence: shared ? (data.evidence ?? null) : null,
      sources: shared ? (data.sources ?? []) : [],
    };
  }
}

/** A condition as a list of [operator, [[key, values]…]], in the catalog's order. */
function conditionOf(data) {
  return Object.entries(data ?? {}).map(([operator, keys]) => [operator, Object.entries(keys)]);
}

function statementOf(data) {
  return {
    sid: data.Sid,
    actions: data.Action,
    resources: data.Resource ?? [],
    scopes: data.scope ?? [],
    condition: conditionOf(data.Condition),
    unscoped: data.unscoped ?? "",
    why: data.why,
    evidence: data.evidence,
    sources: data.sources,
    notes: data.notes ?? [],
  };
}

function kindOf(data, regions) {
  const shared = data.scopes ?? {};
  const forms = data.forms.map((item) => {
    const own = item.scopes ?? {};
    const scopes = new Map();
    if (!("no_permission" in item) && !("wrong" in item)) {
      for (const name of new Set([...Object.keys(shared), ...Object.keys(own)])) {
        scopes.set(name, {
          resources: own[name]?.Resource ?? shared[name]?.Resource ?? [],
          condition: conditionOf(own[name]?.Condition),
        });
      }
    }
    return {
      id: item.id,
      title: item.title,
      pattern: new RegExp(`^(?:${item.pattern})$`, "u"),
      fields: [...item.pattern.matchAll(/\(\?<([A-Za-z0-9]+)>/g)].map((match) => match[1]),
      examples: item.examples,
      noPermission: item.no_permission ?? item.wrong ?? "",
      isWrong: "wrong" in item,
      elsewhere: item.elsewhere ?? "",
      warning: item.warning ?? "",
      scopes,
    };
  });
  return {
    id: data.id,
    title: data.title,
    maxLength: data.max_length,
    alsoLowerCase: data.also_lower_case ?? false,
    regions,
    fields: data.fields,
    forms,
    default: data.default ?? data.forms[0].id,
  };
}

/** The forms of a parameter's value that an entry is for, the one placeholders stand for first. */
export function formsOf(entry, parameter, kind) {
  const accepted = Object.hasOwn(entry.accepts, parameter) ? entry.accepts[parameter] : null;
  const forms = kind.forms.filter((form) => (accepted === null ? !form.noPermission : accepted.includes(form.id)));
  return [...forms.filter((form) => form.id === kind.default), ...forms.filter((form) => form.id !== kind.default)];
}
