import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, missing, newPage } from "./support/browsers.js";
import { Console } from "./support/console.js";
import { readExamples, stepsOf } from "./support/example.js";
import { publish } from "./support/publisher.js";
import { startServer } from "./support/server.js";

// What is in the rooms before an example is entered: how many entries, and the data of the last.
const SCENES = {
  "README.md: EventSource": { lobby: [1, { text: "hello" }] },
  "README.md: WebSocket": { lobby: [1, { text: "hello" }] },
  "README.md: Many rooms, both ways": { lobby: [1, { text: "hello" }] },
  "README.md: In JavaScript": { lobby: [1, { text: "hello" }] },
  "PROTOCOL.md: 8.2 Example": { lobby: [42, { text: "hi" }] },
  "PROTOCOL.md: 13.3 Session WebSocket": { lobby: [42, { text: "hi" }], news: [2, 1] },
  "PROTOCOL.md: A session over a data channel": { lobby: [42, { text: "hi" }] },
};

const why = missing("chromium");
describe("the examples of the documents in chromium", { timeout: 600_000, concurrency: 1 }, () => {
  let browser;
  before(async () => {
    browser = why ? null : await launch("chromium");
  });
  after(async () => {
    await browser?.close();
  });

  const examples = ["README.md", "PROTOCOL.md"].flatMap(readExamples);

  test("each has its scene", () => {
    assert.deepEqual(examples.map(example => example.name).sort(), Object.keys(SCENES).sort());
  });

  for (const example of examples) {
    test(`${example.name}: the console shows what the comments show`, { skip: why }, async () => {
      const server = await startServer();
      const page = await newPage(browser);
      try {
        for (const [room, [count, last]] of Object.entries(SCENES[example.name])) {
          for (let offset = 1; offset <= count; offset++) {
            await publish(server.address, room, offset === count ? last : offset);
          }
        }
        await page.goto(`${server.address}/lab/raw.html?room=elsewhere`);
        const console = await Console.of(page);
        const steps = stepsOf(example);
        assert.ok(steps.some(step => step.shown.length > 0), `${example.place}: it shows nothing.`);
        for (const step of steps) {
          const code = step.code.replaceAll("localhost:8080", new URL(server.address).host);
          await console.enter({ ...step, code }, example.place);
        }
      } finally {
        await page.close();
        await server.stop();
      }
    });
  }
});
