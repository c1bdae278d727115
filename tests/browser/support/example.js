import { readFileSync } from "node:fs";

/** The fenced JavaScript blocks of a document in the root of the repository, each with the heading and the bold words above it. */
export function readExamples(document) {
  const examples = [];
  let section = "";
  let lead = "";
  let open = null;
  for (const [index, line] of readFileSync(new URL(`../../../${document}`, import.meta.url), "utf8").split("\n").entries()) {
    if (open) {
      if (line === "```") {
        if (open.language === "js") {
          examples.push(open);
        }
        open = null;
      } else {
        open.lines.push(line);
      }
    } else if (line.startsWith("```")) {
      open = { name: `${document}: ${lead || section}`, place: `${document}, line ${index + 1}`, language: line.slice(3), lines: [] };
    } else if (line.startsWith("#")) {
      section = line.replace(/^#+ /, "");
      lead = "";
    } else {
      lead = /^\*\*(.+?)[.*]/.exec(line)?.[1] ?? lead;
    }
  }
  return examples;
}

/**
 * The steps in which somebody enters an example in a console: code, and the lines that the comments below it show. A comment inside
 * a block of code shows what comes once all of that code is entered.
 */
export function stepsOf(example) {
  const steps = [];
  let step = null;
  for (const line of example.lines) {
    const comment = /^(\s*)\/\/ (.*)$/.exec(line);
    if (!comment) {
      if (step === null || step.ended) {
        step = { code: "", shown: [], ended: false };
        steps.push(step);
      }
      step.code += `${line}\n`;
    } else {
      step.shown.push(comment[2]);
      step.ended = comment[1] === "";
    }
  }
  return steps;
}
