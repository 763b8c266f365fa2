// The first answers of the page to texts, which come as a JSON list: `node first.mjs INDEX`.

import { readFileSync } from "node:fs";

import { firstAnswer } from "../scripts/web/first.js";

const index = JSON.parse(readFileSync(process.argv[2], "utf8"));
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => firstAnswer(index, text))));
