// Values of a bucket that are tokens, in part or whole: what the template then has of it, or the error.

import { App, CfnParameter, Fn, Lazy, Stack, Token } from "aws-cdk-lib";
import { SageMakerExecutionRole } from "sagemaker-roles/cdk";
const stack = new Stack(new App(), "S");
const parameter = new CfnParameter(stack, "P");
const token = parameter.valueAsString;
const lazy = (value) => Lazy.string({ produce: () => value });
const { good, ...given } = JSON.parse(process.argv[2]);
const cases = {
  token, object: parameter.value, number: Token.asNumber(Fn.ref("P")), named: `team-${token}`, lazy: lazy("amzn-s3-demo-bucket"),
  later: lazy(token), region: Fn.sub("x-${AWS::Region}"),
  star: `${token}*`, before: `*${token}`, mark: `?${token}`, own: "${aws:username}" + token, saml: "${saml:sub}" + token, dollar: `$${token}`,
  json: `x","arn:aws:s3:::*${token}`, quote: `"${token}`, slash: `\\${token}`, line: `\n${token}`, lazystar: lazy("*"),
  lazyjson: lazy('x","*'), lazyafter: lazy(`*${token}`), join: Fn.join("", ["*", token]), sub: Fn.sub("*${P}"), kept: Fn.sub("${!aws:username}${P}"),
  list: Token.asList(Fn.ref("P")), nothing: null, undefined, given: 5,
};
const said = {};
const told = (name, values, more = {}) => {
  try {
    const made = new SageMakerExecutionRole(stack, name, { ...given, values: { ...good, ...values }, ...more });
    said[name] = JSON.stringify(stack.resolve(made.policy).Statement.find(({ Sid }) => Sid === "ModelRead").Resource);
  } catch (error) { said[name] = `${error.name}: ${error.message}`; }
};
for (const [name, ModelBucket] of Object.entries(cases)) told(name, { ModelBucket });
told("unknown", { Bukcet: token });
told("proto", JSON.parse('{"__proto__": {"ModelBucket": "*"}}'));
told("addons", {}, { addons: "vpc" });
console.log(JSON.stringify(said));
