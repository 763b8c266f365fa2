// What somebody types or pastes, and what it is: one index for the box, the search, and the filters. Nothing leaves the
// browser.

const BASE = new URL("../../", import.meta.url);
/** Most results of one text. */
const MOST = 8;
/** Code that has to run before there is a request, and what to run. */
const TERRAFORM = /^\s*(resource|module|provider|data|variable|terraform|locals)\b[^\n]*\{\s*$/m;
const PYTHON = /^\s*(import|from)\s+(boto3|sagemaker|botocore)\b|\.create_[a-z_]+\(/m;
const PLAN = "terraform plan -out plan && terraform show -json plan | sagemaker-roles compose --request - --format terraform";

const pieces = (word) => word.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(" ");
/** The words of a text; names such as HyperPod are whole, and in their pieces. */
const words = (text) => (text.match(/[A-Za-z0-9]+/g) ?? []).flatMap((word) => [...new Set([word.toLowerCase(), ...pieces(word)])]);
const plain = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

let loading;
/** The index, which the build writes. */
export const loadNames = () => {
  loading ??= fetch(new URL("compiled/finder.json", BASE))
    .then((answer) => answer.json())
    .then(({ entries, actions, calls, forms, fillers }) => ({
      fillers: new Set(fillers),
      // By name, by name without its service where only one has it, and by a call that has another name than its action.
      actions: new Map([
        ...Object.entries(calls ?? {}).map(([call, action]) => [call.toLowerCase(), action]),
        ...actions.map((action) => [action.split(":")[1].toLowerCase(), action]),
        ...actions.map((action) => [action.toLowerCase(), action]),
      ]),
      forms: forms.map((form) => new RegExp(form, "i")),
      entries: entries.map(([title, path, about, more, boost]) => ({ title, path, about, boost, parts: [words(title), words(about), words(more)] })),
    }));
  return loading;
};

/** How well a word is met by an entry: in its title, in what it says of itself, in its text; whole, or by its beginning. */
const met = ({ parts }, word) => {
  for (const [index, part] of parts.entries()) {
    // A word among many says less.
    if (part.includes(word)) return [12, 6, 2 / Math.max(1, part.length / 150)][index];
    if (part.some((one) => one.startsWith(word) || (word.startsWith(one) && word.length - one.length < 3 && one.length > 3))) return [8, 4, 1][index];
  }
  return 0;
};

/** The same of a word of a query, which is met in its pieces too. */
const metAll = (entry, word) => {
  const all = pieces(word).map((piece) => met(entry, piece));
  return Math.max(met(entry, word.toLowerCase()), all.every(Boolean) ? all.reduce((sum, one) => sum + one, 0) / all.length : 0);
};

/** The entries for a text, the best first, and whether they have all of its words. */
const ranked = ({ entries, fillers }, text) => {
  const every = text.match(/[A-Za-z0-9]+/g) ?? [];
  const telling = every.filter((word) => !fillers.has(word.toLowerCase()));
  const wanted = telling.length ? telling : every;
  const whole = plain(text);
  const scored = entries.map((entry) => {
    const scores = wanted.map((word) => metAll(entry, word));
    const name = plain(entry.title);
    const named = name === whole ? 60 : name.includes(whole) ? 12 - (name.length - whole.length) / 5 : 0;
    const found = scores.filter(Boolean).length;
    return { entry, isWhole: found === wanted.length || named > 0, score: scores.reduce((sum, one) => sum + one, 0) / wanted.length + named + (found || named ? entry.boost : 0), found: found || named };
  });
  const all = scored.filter(({ isWhole }) => isWhole);
  const some = all.length ? all : scored.filter(({ found }) => found);
  return { isWhole: all.length > 0, items: some.sort((a, b) => b.score - a.score).slice(0, MOST).map(({ entry }) => ({ ...placed(entry), reason: reasonOf(entry, wanted) })) };
};

const placed = ({ title, path, about }) => ({ href: new URL(path, BASE).href, title, about });

/** Which words of a query are only in the text of an entry, where its title and what it says of itself do not show why. */
const reasonOf = ({ parts: [title, about, more] }, wanted) => {
  const isIn = (part, word) => pieces(word).some((piece) => part.some((one) => one.startsWith(piece)));
  return wanted.filter((word) => !isIn(title, word) && !isIn(about, word) && isIn(more, word));
};

/** How many letters differ between two texts. */
const distance = (one, other) => {
  let row = [...Array(other.length + 1).keys()];
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [at, against] of [...other].entries()) next.push(Math.min(row[at + 1] + 1, next[at] + 1, row[at] + (letter === against ? 0 : 1)));
    row = next;
  }
  return row.at(-1);
};

/** The operations whose names are like a text, the nearest first. */
const near = ({ entries }, text) => {
  const asked = plain(text);
  if (asked.length < 4) return [];
  return entries
    .filter(({ path }) => /^reference\/[A-Z]/.test(path))
    .map((entry) => ({ entry, far: distance(asked, plain(entry.title)) }))
    .filter(({ entry, far }) => far <= entry.title.length / 3)
    .sort((a, b) => a.far - b.far)
    .slice(0, 6)
    .map(({ entry }) => placed(entry));
};

/** A part of an address as text; as it is where it is malformed. */
const unescaped = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** The operations that are near an address. */
export const nearAddress = async (path) => {
  const index = await loadNames();
  return path.split("/").flatMap((part) => near(index, unescaped(part)));
};

/**
 * What a text is: `kind` is "paste" for what the engine answers, "code" with what to run (`says`, `run`), "names" with
 * `items`, whether they have all its words (`isWhole`), and whether the first has exactly this name (`isExact`), or "" for
 * nothing.
 */
export const find = async (given) => {
  const text = given.trim();
  if (!text) return { kind: "" };
  const isDocument = /^[{[]/.test(text);
  if (!isDocument && TERRAFORM.test(text)) return { kind: "code", says: "Terraform code has values that only Terraform knows. Run this:", run: PLAN };
  if (!isDocument && PYTHON.test(text)) return { kind: "code", says: "Code that calls SageMaker has its requests only when it runs. This runs it, sends nothing, and composes:", run: "sagemaker-roles compose --run script.py" };
  if (/\n|^(\$ )?aws [a-z]/.test(text) || isDocument || text.length > 120) return { kind: "paste" };
  const index = await loadNames();
  const action = index.actions.get(text.toLowerCase());
  // An operation of this name has a page, which says more.
  if (action && (text.includes(":") || !index.entries.some(({ title }) => plain(title) === plain(text)))) {
    const isCall = !text.includes(":") && action.split(":")[1].toLowerCase() !== text.toLowerCase();
    const service = { title: action, reason: isCall ? [text] : [], path: `reference/services/${action.split(":")[0]}/#${action.replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`, about: "Operations and roles that need this action" };
    const { items } = ranked(index, action.split(":")[1]);
    return { kind: "names", isWhole: true, isExact: true, items: action === "iam:PassRole" ? [...items, placed(service)] : [{ ...placed(service), reason: service.reason }, ...items] };
  }
  // Two or three words are a name, even where a message has them.
  const isMessage = /(\S+\s+){3}/.test(text) && index.forms.some((form) => form.test(text));
  if (isMessage || (/\s/.test(text) && /access\s?denied|not authorized|unauthorized/i.test(text))) return { kind: "paste" };
  const { isWhole, items } = ranked(index, text);
  if (isWhole) return { kind: "names", isWhole, isExact: plain(items[0].title) === plain(text), items };
  const like = near(index, text);
  return { kind: "names", isWhole: like.length > 0, items: like.length ? like : items };
};
