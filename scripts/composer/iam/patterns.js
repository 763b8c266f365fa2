// Patterns with * and ?: whether one covers or meets another. The part of scripts/sagemaker_roles/iam/patterns.py, name for
// name, that judging a policy takes; opaque parts (policy variables, placeholders) stand for some text that nobody knows.

const ANY = "*";
const ONE = "?";
/** The same within a part of an ARN: they stand for no colon. */
const ANY_INSIDE = "\ue002";
const ONE_INSIDE = "\ue003";
const STAR = "\ue000";
const QUESTION = "\ue001";
const ESCAPES = { "${*}": STAR, "${?}": QUESTION, "${$}": "$" };
const SHOWN = new Map([[STAR, "${*}"], [QUESTION, "${?}"], [ANY_INSIDE, "*"], [ONE_INSIDE, "?"]]);
const INDEFINITE = new Set([ANY, ONE, ANY_INSIDE, ONE_INSIDE]);

/** Symbols of opaque parts: even ones, and after each an odd one for the same part where it has no colon in it. */
const FIRST_OPAQUE = 0x40000;
const TOKEN = /\$\{[^}]*\}|[\ue000-\uf8ff\u{40000}-\u{10ffff}]/gu;
const RUN = /[*?\ue002\ue003]{2,}/g;
const OPAQUE = /[\u{40000}-\u{10ffff}]/u;
const OPAQUES = /[\u{40000}-\u{10ffff}]/gu;
const WILD = /[*?\ue002\ue003]/;
const HARD = /[?\ue002\ue003]/;
const BEYOND_ASCII = /[^\0-\x7f]/;

const names = new Map();
const known = new Map();

/** A function of texts that remembers its answers. */
export function remembered(make, most = 16384) {
  const kept = new Map();
  return (...given) => {
    const key = given.length === 1 ? given[0] : given.join("\0");
    let value = kept.get(key);
    if (value === undefined) {
      if (kept.size >= most) kept.clear();
      value = make(...given);
      kept.set(key, value);
    }
    return value;
  };
}

/** A text with each ${…} as one symbol; characters that symbols need become opaque themselves. */
export function symbolsOf(text) {
  return text.includes("$") || BEYOND_ASCII.test(text) ? text.replace(TOKEN, symbol) : text;
}

function symbol(token) {
  if (Object.hasOwn(ESCAPES, token)) return ESCAPES[token];
  let part = token;
  if (part.startsWith("${") && part.includes(":")) {
    // Keys of policy variables are compared without regard to case; placeholders are names of our own.
    const comma = part.indexOf(",");
    part = comma < 0 ? part.toLowerCase() : part.slice(0, comma).toLowerCase() + part.slice(comma);
  }
  if (!known.has(part)) {
    const one = String.fromCodePoint(FIRST_OPAQUE + 2 * known.size);
    known.set(part, one);
    names.set(one, part);
    names.set(inside(one), part);
  }
  return known.get(part);
}

/** The symbols of one part of an ARN: wildcards and opaque parts without a colon in them. */
export function inside(symbols) {
  const own = symbols.replaceAll(ANY, ANY_INSIDE).replaceAll(ONE, ONE_INSIDE);
  return BEYOND_ASCII.test(own) ? own.replace(OPAQUES, (one) => String.fromCodePoint(one.codePointAt(0) | 1)) : own;
}

/** Symbols as IAM writes them. */
export function shown(symbols) {
  return [...symbols].map((one) => SHOWN.get(one) ?? names.get(one) ?? one).join("");
}

/** A run of wildcards in one order, so that equal patterns look equal: single characters first. */
function ordered(run) {
  const count = (one) => run.split(one).length - 1;
  const any = count(ANY);
  const one = count(ONE);
  const isInside = run.includes(ANY_INSIDE) || run.includes(ONE_INSIDE);
  if (any && !isInside) return ONE.repeat(one) + ANY;
  if (run.includes(ANY_INSIDE) && !any && !one) return ONE_INSIDE.repeat(count(ONE_INSIDE)) + ANY_INSIDE;
  if (any && !one) return ONE_INSIDE.repeat(count(ONE_INSIDE)) + ANY;
  return run;
}

/** A compiled pattern: its symbols, whether it matches without regard to case, and the patterns of an ARN's six parts. */
export class Pattern {
  constructor(symbols, fold = false, parts = null) {
    const inOrder = symbols.replace(RUN, ordered);
    this.symbols = fold ? inOrder.toLowerCase() : inOrder;
    this.fold = fold;
    this.parts = parts;
    this.wild = WILD.test(symbols);
    this.hard = fold || HARD.test(symbols);
    this.opaque = OPAQUE.test(symbols);
    this.pieces = this.symbols.split(ANY);
  }

  toString() {
    return shown(this.symbols);
  }

  get automaton() {
    this.compiled ??= new Automaton(this.symbols, this.fold);
    return this.compiled;
  }

  /** The pattern with each opaque part as *: all that it can match, whatever these parts stand for. */
  get opened() {
    if (!this.opaque) return this;
    this.open ??= this.parts
      ? ofParts(this.parts.map((one) => one.opened))
      : new Pattern(this.symbols.replace(OPAQUES, ANY), this.fold);
    return this.open;
  }
}

/** Compiles a pattern as an action, or as a value of StringLike, is written. */
export const pattern = remembered((text, variables = true) => new Pattern(symbolsOf(variables ? text : text.replaceAll("$", "${$}"))));

/** Compiles a text in which * and ? are characters, as a value of StringEquals. */
export const literal = remembered((text, fold = false, variables = true) => {
  const symbols = symbolsOf(variables ? text : text.replaceAll("$", "${$}"));
  return new Pattern(symbols.replaceAll(ANY, STAR).replaceAll(ONE, QUESTION), fold);
});

/** The pattern of ARNs whose six parts match six patterns; colons stand in the last part only. */
export function ofParts(parts) {
  const last = parts[parts.length - 1];
  return new Pattern([...parts.slice(0, -1).map((one) => inside(one.symbols)), last.symbols].join(":"), false, parts);
}

export const EVERYTHING = pattern("*");

/** A pattern as an automaton: bit i of a state says that the first i symbols which are no star have fitted. */
class Automaton {
  constructor(symbols, fold) {
    this.places = [];
    this.advance = new Map();
    this.ones = this.onesInside = this.loop = this.loopInside = 0n;
    let run = 0;
    for (const one of symbols) {
      const bit = 1n << BigInt(this.places.length);
      if (one === ANY || one === ANY_INSIDE) {
        const before = bit - (1n << BigInt(run));
        if (one === ANY) {
          this.loop |= bit;
          if (before & this.onesInside) this.loopInside |= before;
          else this.loop |= before;
        } else {
          this.loopInside |= bit | before;
        }
        continue;
      }
      if (one === ONE) {
        this.ones |= bit;
      } else if (one === ONE_INSIDE) {
        this.onesInside |= bit;
      } else {
        run = this.places.length + 1;
        for (const form of fold ? new Set([one, swapped(one)]) : [one]) {
          this.advance.set(form, (this.advance.get(form) ?? 0n) | bit);
        }
      }
      this.places.push(one);
    }
    // A single character after a star, as in *?, may be in a run whose star came first.
    this.places.forEach((one, place) => {
      const bit = 1n << BigInt(place);
      if (one === ONE && this.loop & bit) this.loop |= bit << 1n;
      if (one === ONE_INSIDE && this.loopInside & bit) this.loopInside |= bit << 1n;
    });
    this.accept = 1n << BigInt(this.places.length);
  }

  step(state, one) {
    let advance = this.advance.get(one) ?? 0n;
    let stay = this.loop;
    if (one === ONE) advance = this.ones;
    else if (one === ONE_INSIDE) advance = this.ones | this.onesInside;
    else if (INDEFINITE.has(one)) advance = 0n;
    const code = one.codePointAt(0);
    if (INDEFINITE.has(one)) {
      if (one === ONE_INSIDE || one === ANY_INSIDE) stay |= this.loopInside;
    } else if (code >= FIRST_OPAQUE) {
      if (code & 1) stay |= this.loopInside;
    } else {
      advance |= this.ones;
      if (one !== ":") {
        advance |= this.onesInside;
        stay |= this.loopInside;
      }
    }
    return ((state & advance) << 1n) | (state & stay);
  }

  /** Whether a text of symbols fits; a wildcard in it is a symbol that only a wildcard as wide fits. */
  accepts(symbols) {
    let state = 1n;
    for (const one of symbols) {
      state = this.step(state, one);
      if (!state) return false;
    }
    return Boolean(state & this.accept);
  }
}

function swapped(one) {
  const other = one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase();
  return [...other].length === 1 ? other : one;
}

/** Whether everything that the inner pattern matches is matched by the outer one, whatever opaque parts stand for. */
export function covers(outer, inner) {
  if (outer.symbols === inner.symbols && outer.fold >= inner.fold) return true;
  if (outer.parts && inner.parts) return outer.parts.every((one, index) => covers(one, inner.parts[index]));
  if (inner.fold && !outer.fold && outer.symbols !== ANY) return false;
  return outer.hard ? outer.automaton.accepts(inner.symbols) : fits(outer.pieces, inner.symbols);
}

/** Whether a text is the pieces in their order with anything between them: each is taken where it first fits. */
function fits(pieces, text) {
  if (pieces.length === 1) return text === pieces[0];
  const [head] = pieces;
  const tail = pieces[pieces.length - 1];
  if (!text.startsWith(head)) return false;
  const end = text.length - tail.length;
  let place = head.length;
  if (place > end || !text.endsWith(tail)) return false;
  for (const piece of pieces.slice(1, -1)) {
    const start = text.indexOf(piece, place);
    if (start < 0 || start + piece.length > end) return false;
    place = start + piece.length;
  }
  return true;
}

/** Whether a text, in which every character is itself, matches a pattern. */
export function matches(one, text) {
  const { symbols } = literal(text, false, false);
  return one.hard || one.opaque ? one.automaton.accepts(symbols) : fits(one.pieces, symbols);
}

/** Whether some text may match both, for some meaning of opaque parts; false is certain. */
export function intersects(first, second) {
  let [one, other] = [first, second];
  if (one.fold || other.fold) [one, other] = [new Pattern(one.symbols.toLowerCase()), new Pattern(other.symbols.toLowerCase())];
  if (one.parts && other.parts) return one.parts.every((part, index) => intersects(part, other.parts[index]));
  [one, other] = [one.opened, other.opened];
  if (!one.wild) return covers(other, one);
  if (!other.wild) return covers(one, other);
  if (one.hard || other.hard) return intersectsHard(one, other);
  // Between two stars anything may stand, so only the ends can keep patterns apart.
  const head = Math.min(one.pieces[0].length, other.pieces[0].length);
  const tail = Math.min(one.pieces.at(-1).length, other.pieces.at(-1).length);
  const end = (text) => (tail ? text.slice(-tail) : "");
  return one.symbols.slice(0, head) === other.symbols.slice(0, head) && end(one.symbols) === end(other.symbols);
}

/** A walk through one pattern that keeps, as bits, the places that the other can have reached. */
function intersectsHard(one, other) {
  const target = other.automaton;
  const end = target.accept;
  const canPass = (end - 1n) & ~(target.advance.get(":") ?? 0n);
  let reached = 1n;
  for (const item of one.symbols) {
    if (item === ANY) {
      reached = (end << 1n) - (reached & -reached);
    } else if (item === ANY_INSIDE) {
      for (let before = 0n; before !== reached; ) {
        before = reached;
        reached |= (reached & canPass) << 1n;
      }
    } else if (item === ONE || item === ONE_INSIDE) {
      const can = item === ONE ? end - 1n : canPass;
      reached = ((reached & can) << 1n) | (reached & (target.loop | target.loopInside));
    } else {
      let advance = (target.advance.get(item) ?? 0n) | target.ones;
      let stay = target.loop;
      if (item !== ":") {
        advance |= target.onesInside;
        stay |= target.loopInside;
      }
      reached = ((reached & advance) << 1n) | (reached & stay);
    }
    if (!reached) return false;
  }
  return Boolean(reached & end);
}
