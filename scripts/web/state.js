// The composer's state as the fragment of the page's address, so that a link reproduces the choices.
// A request goes in only where somebody asks for such a link: addresses are kept in the browser's history and sent on, and
// requests can hold secrets.

/** The formats of policies, by their names. */
export const FORMATS = { json: "JSON", cloudformation: "CloudFormation", terraform: "Terraform", cli: "AWS CLI" };
/** The forms of a review, by their names. */
export const REPORTS = { policy: "Better policy", text: "Report: text", markdown: "Report: Markdown", sarif: "Report: SARIF", report: "Report: JSON" };
/** The longest text of a field in an address; no placeholder's value is longer. */
const MAX_CHARACTERS = 2048;

/** The state of an empty page. */
export function emptyState() {
  const choices = { operation: "", role: "", scope: "scoped", addons: [], without: [], format: "json", part: "policy" };
  const others = { asked: [], owner: "", generalize: "", at: "" };
  return { ...choices, ...others, values: {}, request: "", files: [], ignored: [], input: "", isOpened: false };
}

/** The role of an answer that a state is about; of several, a state has the number, because ARNs are out of the request. */
export function roleOf(roles, { role }) {
  return roles[Number(role) - 1] ?? roles[0];
}

/** A state, but for its request and files, as a fragment without "#". */
export function encode(state) {
  const fields = new URLSearchParams();
  if (state.operation) fields.set("operation", state.operation);
  if (state.role) fields.set("role", state.role);
  if (state.scope !== "scoped") fields.set("scope", state.scope);
  if (state.addons.length) fields.set("addons", state.addons.join());
  if (state.without.length) fields.set("without", state.without.join());
  if (state.part !== "policy") fields.set("part", state.part);
  if (state.asked.length) fields.set("asked", state.asked.join());
  if (state.owner) fields.set("owner", state.owner);
  if (state.generalize) fields.set("generalize", state.generalize);
  if (state.format !== "json" && CHOICES.format.includes(state.format)) fields.set("format", state.format);
  if (state.at) fields.set("at", state.at);
  // Names of placeholders begin with a capital, so they cannot be taken for one of the others.
  for (const [name, value] of Object.entries(state.values)) if (value) fields.set(name, value);
  return fields.toString().replaceAll("%2C", ",").replaceAll("%2F", "/").replaceAll("%3A", ":");
}

/** The values that each choice with few of them has in an address; the first need not be written. */
const CHOICES = {
  scope: ["scoped", "broad"],
  part: ["policy", "trust", "caller", "others"],
  format: [...Object.keys(FORMATS), ...Object.keys(REPORTS)],
};

/**
 * The state a fragment holds. What is broken in it is ignored, and its names are in `ignored`; composing checks the
 * values of placeholders. isOpened: whether the state is as an address had it, with no change by the user since.
 */
export function decode(fragment) {
  const state = { ...emptyState(), isOpened: true };
  for (const [name, value] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    if (name === "tab") continue; // of addresses before there was one box
    if (name === "input") state.input = value;
    else if (value.length > MAX_CHARACTERS) state.ignored.push(name);
    else if (["addons", "without", "asked"].includes(name)) state[name] = value.split(",").filter(Boolean);
    else if (Object.hasOwn(CHOICES, name) && CHOICES[name].includes(value)) state[name] = value;
    else if (["operation", "role", "owner", "generalize", "at"].includes(name)) state[name] = value;
    else if (/^[A-Z][A-Za-z0-9]*$/.test(name)) state.values[name] = value;
    else state.ignored.push(name);
  }
  return state;
}

/** The text of a stream of UTF-8 bytes; an error if there is more than a limit. */
export async function bounded(stream, limit) {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > limit) {
      await reader.cancel();
      throw new RangeError("too long");
    }
  }
}

/** The text of a file the user opened: unpacked if it is gzip, decoded by its byte order mark. */
export async function textOf(file) {
  const limit = 64 << 20;
  const head = new Uint8Array(await file.slice(0, 3).arrayBuffer());
  if (head[0] === 0x1f && head[1] === 0x8b) {
    return bounded(file.stream().pipeThrough(new DecompressionStream("gzip")), limit);
  }
  if (file.size > limit) throw new RangeError("too long");
  const encoding = head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(await file.arrayBuffer());
}
