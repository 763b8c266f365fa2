// What somebody types, pastes, or asks an address for, and where on this site that leads: for the box on the home page,
// the search, and missing addresses. Nothing leaves the browser.

const BASE = new URL("../", import.meta.url);
const LOCAL = "It stays in your browser";
/** Most operations that one text leads to. */
const MOST = 6;

let loading;
/** Names of operations and actions, and the forms of messages, which the build writes. */
const load = () => {
  loading ??= fetch(new URL("compiled/finder.json", BASE))
    .then((answer) => answer.json())
    .then(({ operations, actions, forms }) => ({ operations, actions: new Set(actions), forms: forms.map((form) => new RegExp(form, "i")) }));
  return loading;
};

const plain = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
const place = (path, label, hint, kept) => ({ href: new URL(path, BASE).href, label, hint, kept });
const toOperation = (name) => place(`reference/${name}/`, name, "Roles, policies, and reasons");
const toAction = (action) =>
  place(`reference/services/${action.split(":")[0]}/#${action.replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`, action, "Operations and roles that need this action");
const toReview = (what) => place("composer/#tab=review", `Review this ${what}`, LOCAL, "policy");
const toMessage = (what, hint) => place("composer/#tab=denied", `Explain this ${what}`, hint, "message");

/** How many letters differ between two texts. */
const distance = (one, other) => {
  let row = [...Array(other.length + 1).keys()];
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [at, against] of [...other].entries()) {
      next.push(Math.min(row[at + 1] + 1, next[at] + 1, row[at] + (letter === against ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1);
};

/** The operations whose names are like one of some texts, the nearest first. */
const near = (operations, texts) => {
  const asked = texts.map(plain).filter((text) => text.length > 3);
  return operations
    .map((name) => {
      const known = plain(name);
      const far = asked.map((text) => (known.includes(text) ? 1 : distance(text, known)));
      return { name, far: Math.min(...far), most: known.length / 3 };
    })
    .filter(({ far, most }) => far <= most)
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST)
    .map(({ name }) => toOperation(name));
};

/** A document: JSON, or YAML that begins with a member. */
const ofDocument = (text) => {
  if (/"(Not)?Action"/.test(text) && /"Statement"/.test(text)) return [toReview("policy")];
  if (/"(AssumeRolePolicyDocument|RoleDetailList)"/.test(text)) return [toReview("role")];
  if (/"(FailureReason|errorCode)"/.test(text)) return [toMessage("failure", LOCAL)];
  return [place("composer/", "Compose the roles of this request", LOCAL, "request")];
};

const ofMessage = ({ operations, actions }, text) => {
  const [, action = ""] = text.match(/\b([a-z0-9-]{2,}:[A-Z][A-Za-z]+)/) ?? [];
  const named = operations.filter((name) => text.includes(name));
  return [
    toMessage("message", "What was denied, which layer decided, and the statement to add"),
    ...(actions.has(action) ? [toAction(action)] : []),
    ...named.map(toOperation),
    place("guides/troubleshooting/", "Troubleshoot AccessDenied", "From the message to the layer that decides"),
  ];
};

/** Where a text leads, the best first: `{label, href, hint, kept}`; `kept` names the tab that gets the text. */
export const places = async (given) => {
  const text = given.trim();
  if (!text) return [];
  const known = await load();
  if (/^(\{|\[\s*[[{"\]])/.test(text) || /^[A-Za-z]+:\s*(\n|$)/.test(text)) return ofDocument(text);
  if (/^[a-z0-9-]+:[A-Za-z]+$/.test(text)) {
    const [action] = [...known.actions].filter((name) => name.toLowerCase() === text.toLowerCase());
    const called = known.operations.filter((name) => plain(name) === plain(text.split(":")[1]));
    return [...(action ? [toAction(action)] : []), ...called.map(toOperation)];
  }
  const isMessage = known.forms.some((form) => form.test(text)) || /access\s?denied|not authorized|unauthorized/i.test(text);
  if (isMessage) return ofMessage(known, text);
  const wanted = plain(text);
  const named = known.operations.filter((name) => plain(name).includes(wanted)).sort((a, b) => a.length - b.length);
  return named.length ? named.slice(0, MOST).map(toOperation) : near(known.operations, [text]);
};

/** The operations that are near an address. */
export const nearAddress = async (path) => near((await load()).operations, path.split("/").map(decodeURIComponent));

/** A place as an item of a list. What was pasted goes to its tab in the memory of this browser tab, not in an address. */
export const listed = ({ href, label, hint, kept }, text) => {
  const link = Object.assign(document.createElement("a"), { href });
  const name = Object.assign(document.createElement("span"), { textContent: label });
  // The search goes to the result with the best score when Enter is pressed.
  name.dataset.mdScore = "1e9";
  link.append(name);
  link.addEventListener("click", () => {
    if (kept) sessionStorage.setItem(`composer-${kept}`, text);
    if (kept && new URL(href).pathname === location.pathname) setTimeout(() => location.reload());
  });
  const item = document.createElement("li");
  item.append(link, Object.assign(document.createElement("small"), { textContent: ` ${hint}` }));
  return item;
};
