// What is no request of SageMaker: a plain sentence, and the next step.

import { field, h, operationOptions } from "./dom.js";

/** Services that a text names: in types of templates, and in commands. */
const TYPE = /\bAWS::(\w+)::\w+/g;
const COMMAND = /(?:^|\n)\s*(?:\$ )?aws (?!iam\b)([a-z][a-z0-9-]+) [a-z]/g;
const OURS = /^sagemaker/i;
/** Where a parser stopped. */
const BROKEN = /^not (JSON|YAML): (.*)/;

/**
 * What {@link Answer.show} takes for a text that nothing is composed of.
 *
 * @param {Error} error what the package says of it
 * @param {string} text the text
 * @param {{groups: object[], choose: (operation: string) => void}} next operations to choose from, and what takes one
 */
export function refused({ message, notices = [] }, text, { groups, choose }) {
  const broken = notices.find((one) => BROKEN.test(one.message));
  if (broken) {
    const [, language, what] = BROKEN.exec(broken.message);
    const [, line, column] = /:(\d+):(\d+)$/.exec(broken.where) ?? [];
    const where = line ? `in line ${line}, column ${column}` : "at a place that does not show";
    return shown(`This is not whole ${language}: it ends or breaks ${where}.`, `${capital(what)}. Paste the whole text again, or correct that line.`);
  }
  const services = [...new Set([...text.matchAll(TYPE), ...text.matchAll(COMMAND)].map(([, name]) => name))];
  if (services.length && !services.some((name) => OURS.test(name))) {
    const named = services.slice(0, 3).join(", ");
    const step = "If a job or notebook makes this call, paste the error that it gets. Or open its code as a file, with the request of the job.";
    return shown(`This is for another service (${named}), and only operations of SageMaker are known here.`, step);
  }
  if (/^[\s{}[\]]*$/.test(text)) return shown("There is nothing in this request.", "Paste a request with its members, or the name of an operation.");
  const select = h("select", { id: "refused-operation", onchange: () => choose(select.value) }, h("option", { value: "" }, "Choose an operation"), ...operationOptions(groups));
  const why = message.startsWith("the members") ? "The members do not show which operation of SageMaker this is for." : "No request of SageMaker is in this text.";
  const step = "If it is one, choose its operation. If it is an error of another service, paste the whole message.";
  return { ...shown(why, step, notices), body: [h("p", {}, step), field("refused-operation", "Which operation is it for", select)] };
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

const shown = (verdict, step, notices = []) => ({ verdict, isProblem: true, notices, small: "Nothing left this page.", body: [h("p", {}, step)] });
