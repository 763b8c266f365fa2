// An app with the role of every operation; each placeholder is a reference, which the template names, but for those in
// condition keys, which the CDK must know: they have their example, which the metadata of the template names.
import { readFileSync } from "node:fs";
import { App, Stack, Token } from "aws-cdk-lib";
import { operations, policy, roles } from "sagemaker-roles";
import { SageMakerExecutionRole } from "sagemaker-roles/cdk";
const data = JSON.parse(readFileSync("node_modules/sagemaker-roles/data.json"));
const own = ["Partition", "Region", "Account"];
const stack = new Stack(new App({ outdir: "out" }), "All");
for (const operation of operations) {
  for (const role of Object.keys(roles(operation)).filter((name) => name !== "caller")) {
    const { placeholders, trust } = policy(operation, { role });
    const names = placeholders.filter((one) => !own.includes(one));
    const values = Object.fromEntries(names.map((name) => [name, Token.asString({ Ref: name })]));
    for (const [, name] of JSON.stringify(trust).matchAll(/"\$\{(\w+)\}[^"]*":/g)) {
      values[name] = data.operations[operation][role].placeholders[name].example;
      stack.addMetadata(name, values[name]);
    }
    const roleName = `${operation}/${role}`;
    SageMakerExecutionRole.forOperation(stack, `${operation}-${role}`, { operation, role, values, roleName });
  }
}
stack.node.root.synth();
