// The first answer to a message, out of a small index, while the engine is on its way: what the message itself says was
// denied, the statement that allows exactly this, and which operations need it. Where that is not certain there is none. It has
// the form of the engine's answer, which takes its place.

/** A denial as AWS writes it: the call, who was denied, the action, the resource, and the reason. */
const DENIAL = new RegExp(
  [
    /(?:when calling the (?<call>\w+) operation(?: \([^)]{1,60}\))?: )?/,
    /(?:User: )?(?<principal>arn:aws[a-z-]*:(?:sts|iam)::[0-9]{12}:[^\s"']{1,200}) is not authorized to perform: /,
    /(?<prefix>[a-z0-9-]{2,40}):(?<name>[A-Za-z0-9]{3,80})\b/,
    /(?: on resource: "?(?<resource>\*|arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:[0-9]{12}|aws)?:[^\s"',]{0,1000}[^\s"',.;)\]])"?)?/,
    /(?<reason> because no [A-Za-z -]{5,60} allows the [\w:-]+ action| with an explicit deny[^\n]*)?/,
  ]
    .map((one) => one.source)
    .join(""),
  "g",
);
/** A resource called what a language writes for no value, of which the engine says what to do. */
const NO_VALUE = /^arn:[^:]*:(?:s3:::|(?!s3:)[^:]*:[^:]*:[^:]*:[a-z-]+[/:])(?:null|undefined|None)(?=$|\/)/;
/** How many operations that need an action are named, as many as by the engine. */
const MOST = 6;
/** The longest text that is looked at. */
const LONGEST = 20_000;

/** A value so that IAM takes each of its characters as it is. */
const escaped = (text) => text.replaceAll(/[*?$]/g, (letter) => `\${${letter}}`);

/** Whether a session has the name that a service gives to its own. */
const isOfService = (principal, sessions) => {
  const [, session] = /:assumed-role\/[^/]+\/(.+)$/.exec(principal) ?? [];
  return session !== undefined && sessions.some((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "i").test(session));
};

/**
 * The answer to a message, as the engine has it, or null.
 *
 * @param {{layers: object, sessions: string[], needed: object}} index as kb/site/first_answers.py writes it
 */
export const firstAnswer = ({ layers, sessions, needed }, text) => {
  if (text.length > LONGEST) return null;
  const found = [...text.matchAll(DENIAL)];
  // Of several, or of what is like one and is not read here, the engine tells which comes first.
  const isUnread = found.length === 1 && !found[0].groups.reason && /because no |explicit deny/i.test(text);
  if (found.length !== 1 || isUnread || text.match(/not authorized|access ?denied/gi).length > 2) return null;
  const [whole] = found[0];
  const { call, principal, prefix, name, resource, reason = "" } = found[0].groups;
  const [layer = "", { title = "identity-based policy", cure = "allow" } = {}] = Object.entries(layers).find(([, { pattern }]) => new RegExp(pattern, "i").test(reason)) ?? [];
  const places = needed[prefix]?.[name];
  if (!places || !resource || NO_VALUE.test(resource) || cure !== "allow" || /aws-service-role|awsservicerolefor/i.test(principal)) return null;
  const action = `${prefix}:${name}`;
  const statement = { Sid: `Allow${name}`, Effect: "Allow", Action: [action], Resource: [resource === "*" ? "*" : escaped(resource)] };
  const common = {
    form: "denied",
    message: whole,
    action,
    resource,
    principal,
    layer: layer || "identity-policy",
    layer_named: Boolean(layer),
    who: isOfService(principal, sessions) ? "execution role" : "principal",
    page: "guides/troubleshooting.md#reason",
    guide: "guides/troubleshooting.md#reason",
    look: [],
  };
  const own = places.filter(([operation]) => operation === call);
  const causes = [...own, ...places.filter(([operation]) => operation !== call)].slice(0, MOST).map(([operation, role]) => ({
    ...common,
    operation,
    role: role === "caller" ? "" : role,
    caller: role === "caller",
    statement,
    placeholders: [],
  }));
  const titles = Object.fromEntries(Object.entries(layers).map(([id, one]) => [id, one.title]));
  return {
    causes,
    look: [],
    layers: { "identity-policy": title, ...titles },
    titles: {},
    matters: {},
    cited: {},
    statements: causes.map(() => JSON.stringify(statement, null, 2)),
  };
};
