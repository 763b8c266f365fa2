// What this tab of the browser remembers: the input, so that it survives a reload and Back, and the last answers. All of it
// is in the tab's own memory, not in an address.

/** Where a text waits that was pasted on another page, before what stands for each input and for the answers. */
const PREFIX = "sagemaker-roles";
const INPUTS = `${PREFIX}:input:`;
const ANSWERS = `${PREFIX}:answers`;
/** How many inputs and answers are remembered, and how long one answer can be. */
const MOST_INPUTS = 10;
const MOST_ANSWERS = 8;
const LONGEST_ANSWER = 400_000;
const LONGEST_CALL = 100_000;
/** The longest input that is remembered. */
const LONGEST_INPUT = 4 << 20;

/** The tab's memory; null where the browser has none for this page. */
const memory = (() => {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
})();

const stored = (key) => {
  try {
    return JSON.parse(memory.getItem(key));
  } catch {
    return null;
  }
};

const names = (prefix) => Object.keys(memory).filter((name) => name.startsWith(prefix));

/** Stores a value; where the memory is full, without what was remembered of earlier inputs. Says whether it did. */
const store = (key, value) => {
  const text = JSON.stringify(value);
  try {
    memory.setItem(key, text);
    return true;
  } catch {
    // Once more, with room.
  }
  try {
    for (const name of names(`${PREFIX}:`)) memory.removeItem(name);
    memory.setItem(key, text);
    return true;
  } catch {
    return false;
  }
};

const isText = (value) => typeof value === "string";

/** An input whose members are what they have to be; null for anything else, such as what another page stored. */
export const checked = (value) => {
  const { text, files = [], mode = "", request = "" } = value ?? {};
  const isSound = [text, mode, request].every(isText) && Array.isArray(files) && files.every((one) => isText(one?.name) && isText(one?.text));
  return isSound ? { text, files: files.map((one) => ({ name: one.name, text: one.text })), mode, request } : null;
};

const sizeOf = ({ text = "", message = "", inputs = [], held = [], files = [] }) =>
  [text, message, ...[...inputs, ...held, ...files].map((one) => one.text)].reduce((sum, one) => sum + one.length, 0);

/** Keeps an input for the page that is opened next; what is too large without its files, as a text. */
export const handOver = (text, files) => {
  const whole = [text, ...files.map((file) => file.text)].find((one) => one.trim()) ?? "";
  if (!store(PREFIX, { text: files.length ? "" : text, files })) store(PREFIX, { text: whole.slice(0, 1e6), files: [] });
};

/** The input that was handed over, once. */
export const takeOver = () => {
  const value = checked(stored(PREFIX));
  memory?.removeItem(PREFIX);
  return value;
};

/** The key of this page's input: it is in the history, so that a reload and Back find it. */
const place = () => {
  if (!isText(history.state?.input)) history.replaceState({ ...history.state, input: `${Date.now()}-${Math.random()}` }, "");
  return `${INPUTS}${history.state.input}`;
};

/** Keeps the input of this page; what is too large is not kept. */
export const keepInput = (input) => {
  if (!memory || sizeOf(input) > LONGEST_INPUT) return;
  const key = place();
  const earlier = names(INPUTS).filter((name) => name !== key).sort();
  for (const name of earlier.slice(0, -MOST_INPUTS)) memory.removeItem(name);
  store(key, input);
};

export const keptInput = () => (isText(history.state?.input) ? checked(stored(place())) : null);

/** What stands for a call of an engine; "" for one that is too large to be remembered. */
const keyOf = (engine, call) => (memory && sizeOf(call) < LONGEST_CALL ? JSON.stringify([engine, call]) : "");

/** The answer that was given to a call of an engine; undefined if it is not remembered. */
export const keptAnswer = (engine, call) => {
  const key = keyOf(engine, call);
  const [, answer] = stored(ANSWERS)?.find?.(([name]) => name === key) ?? [];
  return answer;
};

export const keepAnswer = (engine, call, answer) => {
  const key = keyOf(engine, call);
  if (!key || JSON.stringify(answer).length > LONGEST_ANSWER) return;
  const others = (stored(ANSWERS) ?? []).filter(([name]) => name !== key);
  store(ANSWERS, [...others, [key, answer]].slice(-MOST_ANSWERS));
};
