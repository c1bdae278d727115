import assert from "node:assert/strict";
import { Likeness } from "./likeness.js";

const LIMIT = 60_000;

/** The console of an open page. */
export class Console {
  #session;
  #lines = [];
  #waiting = () => {};
  #likeness = new Likeness();

  static async of(page) {
    const console = new Console();
    console.#session = await page.createCDPSession();
    console.#session.on("Runtime.consoleAPICalled", async called => {
      // What an object held when it was printed is asked for in order, so lines stay in order.
      console.#lines.push(console.#textOf(called.args));
      console.#waiting();
    });
    await console.#session.send("Runtime.enable");
    return console;
  }

  /** Enters code, and waits until what is shown below it has come: every line, and no other. */
  async enter(step, place) {
    const { exceptionDetails } = await this.#session.send("Runtime.evaluate", { expression: step.code, replMode: true });
    assert.equal(exceptionDetails?.exception?.description, undefined, place);
    const left = grouped(step.shown);
    while ([...left.values()].some(lines => lines.length > 0)) {
      this.#assertLike(left, await this.#next(left, place), place);
    }
    await this.#session.send("Runtime.evaluate", { expression: "fetch('/healthz').then(answer => answer.text())", awaitPromise: true });
    while (this.#lines.length > 0) {
      this.#assertLike(left, await this.#next(left, place), place);
    }
  }

  #assertLike(left, line, place) {
    const shown = left.get(orderOf(line))?.shift();
    assert.ok(shown !== undefined && this.#likeness.takes(shown, line), `${place}\nshown: ${shown ?? "nothing more"}\ncame:  ${line}`);
  }

  async #next(left, place) {
    if (this.#lines.length === 0) {
      let clock;
      await Promise.race([
        new Promise(resolve => { this.#waiting = resolve; }),
        new Promise((_, reject) => { clock = setTimeout(() => reject(new Error(`${place}: did not come: ${[...left.values()].flat().join("\n")}`)), LIMIT); }),
      ]).finally(() => clearTimeout(clock));
    }
    return await this.#lines.shift();
  }

  // Texts as they are and objects as Chromium prints them, but none cut.
  async #textOf(args) {
    const texts = await Promise.all(args.map(async arg => {
      if (arg.objectId === undefined) {
        return typeof arg.value === "string" ? arg.value : literal(arg.value);
      }
      const { result } = await this.#session.send("Runtime.callFunctionOn", { objectId: arg.objectId, functionDeclaration: "function () { return this; }", returnByValue: true });
      return literal(result.value);
    }));
    return texts.join(" ");
  }
}

// Answers come in order, and so do the entries of one room; between these there is none.
const orderOf = line => /^\{"?op"?: ?["']entry["'], ?"?room"?: ?["'][^"']+/.exec(line)?.[0] ?? "answers";

function grouped(lines) {
  const groups = new Map();
  for (const line of lines) {
    groups.set(orderOf(line), [...groups.get(orderOf(line)) ?? [], line]);
  }
  return groups;
}

function literal(value) {
  if (typeof value === "string") {
    return `'${value}'`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(literal).join(", ")}]`;
  }
  return value !== null && typeof value === "object" ? `{${Object.entries(value).map(([name, member]) => `${name}: ${literal(member)}`).join(", ")}}` : String(value);
}
