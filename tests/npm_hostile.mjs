// Calls of the npm package that its types hold off: each gives an error of the package, in time, and widens nothing.

import * as data from "sagemaker-roles";
import { SagemakerRolesError, load } from "sagemaker-roles/engine";
const engine = await load();
const own = {}; own.own = own;
let deep = {}; for (let level = 0; level < 50000; level += 1) deep = { deep };
const long = "x".repeat(1e5);
const only = { operation: "CreateModel" };
const given = (choice) => () => data.policy("CreateModel", choice);
const composed = (options, input = null) => () => engine.compose(input, { ...only, ...options });
const audited = (role) => () => engine.audit(role, null, only);
const bucket = "arn:aws:s3:::amzn-s3-demo-bucket";
let times = 0;
const wrong = {
  InvalidValue: [
    given({ values: { Account: 111122223333 } }), given({ values: { Account: ["111122223333"] } }), given({ values: null }),
    given({ values: { Account: { toString: () => "111122223333", replace: () => "*" } } }), given({ addons: "vpc" }), given({ addons: null }),
    composed({}, own), composed({}, { of: 1n }), composed({}, deep), composed({}, () => 1), composed({ values: { Account: 111122223333 } }),
    composed({ values: ["*"] }), composed({ addons: "vpc" }), composed({ generalize: "many" }), composed({ role: 5 }), audited({ policies: "{}" }),
    composed({ operation: ["CreateModel"] }), () => engine.explain(5), () => engine.list({}), composed({ inputs: [{ name: 1, text: 2 }] }),
  ],
  UnknownOperation: [5, {}, ["CreateModel"], null, undefined, "__proto__", "constructor", long].map((name) => () => data.policy(name)),
  UnknownRole: ["__proto__", 5, {}, ""].map((role) => given({ role })),
  UnknownAddOn: [undefined, ["vpc"], "toString", long].map((one) => given({ addons: [one] })),
  UnknownPlaceholder: [given({ values: JSON.parse('{"__proto__": "*"}') }), composed({ values: JSON.parse('{"__proto__": "*"}') })],
  UnknownName: [composed({ addon: ["vpc"] }), composed(JSON.parse('{"__proto__ ": 1}')), composed({ parts: ["*"] })],
  NothingToCompose: [() => engine.compose("[".repeat(2000), only), () => engine.compose(5, only)],
};
const right = [
  given(JSON.parse('{"__proto__": {"values": {"Account": "*"}}}')), audited(null), audited({ resources: { [bucket]: null } }),
  given({ values: { get Account() { return times++ ? "*" : "111122223333"; } } }),
  () => { if (engine.compose(null, { ...only, do: "list" }).roles.length !== 1) throw new Error("another call"); },
];
const said = [];
const told = (kind, work) => {
  const begin = performance.now();
  let found = "";
  try {
    if (JSON.stringify(work() ?? "").includes('s3:::*')) found = "widened";
  } catch (error) { found = error instanceof SagemakerRolesError || error instanceof data.SagemakerRolesError ? error.name : `${error}`; }
  if (found !== kind || performance.now() - begin > 2000) said.push([kind, `${work}`, found, performance.now() - begin]);
};
for (const [kind, every] of Object.entries(wrong)) for (const work of every) told(kind, work);
Object.assign(Object.prototype, { Account: "*", values: { ModelBucket: "*" } });
told("", composed({}));
delete Object.prototype.Account; delete Object.prototype.values;
for (const work of right) told("", work);
// A text that ends the runtime ends the engine, and it says so from then on.
for (const text of ["[".repeat(2e5), "{}"]) told("SagemakerRolesError", () => engine.compose(text, only));
console.log(JSON.stringify([said, (await load()).list().operations !== undefined]));
