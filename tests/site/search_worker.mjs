// Runs a script of the search outside a browser: reads {script, docs, queries}, prints what fails of the queries.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const { script, docs, queries } = JSON.parse(readFileSync(0, "utf-8"));
const faults = [];
const answers = [];
let handler;
const world = {
  addEventListener: (_, listener) => (handler = listener),
  postMessage: (message) => answers.push(message),
  console: { warn: (error) => error instanceof world.TypeError && faults.push(error.message) },
};
world.self = world;
vm.createContext(world);
vm.runInContext(`${script};self.TypeError = TypeError`, world);
const ask = async (type, data) => {
  await handler({ data: { type, data } });
  return answers.pop().data;
};
const config = { lang: ["en"], separator: "[\\s]+", pipeline: ["stopWordFilter"], fields: { title: {}, text: {} } };
await ask(0, { config, docs, options: { suggest: false } });
let found = 0;
for (const query of queries) found += (await ask(2, query)).items.length > 0;
console.log(JSON.stringify({ faults, found }));
