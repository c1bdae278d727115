import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, missing } from "./browsers.js";
import { layCable } from "./cable.js";
import { Lab } from "./lab.js";
import { publish, Publisher } from "./publisher.js";
import { startServer } from "./server.js";

const KINDS = ["poll", "longpoll", "sse", "stream", "websocket"];

/**
 * The tests of the lab page in one browser.
 * A round goes through the five transports with a stride; in four rounds, 1 to 4, each of them follows each other one.
 */
export function testLabIn(name, rounds) {
  const why = missing(name);
  if (why) {
    test(`the lab page in ${name}`, { skip: why }, () => {}); // A skipped suite would not be counted.
    return;
  }
  describe(`the lab page in ${name}`, { timeout: 600_000, concurrency: 1 }, () => {
    let server, cable, browser;
    before(async () => {
      browser = await launch(name);
      server = await startServer();
      cable = await layCable(server.address);
    });
    after(async () => {
      await browser?.close();
      await cable?.remove();
      await server?.stop();
    });

    // Opens the page, and closes it whatever becomes of the test.
    const withLab = async (query, body, viewport) => {
      const lab = await Lab.open(browser, cable.address, query, viewport);
      try {
        await body(lab);
      } finally {
        await lab.close();
      }
    };

    // Every acknowledged entry once and in order, and nothing else.
    const assertWhole = async (lab, publisher) => {
      await publisher.stop();
      await lab.until(last => Number(lab.position.split("-")[1]) >= last, publisher.last);
      const offsets = await lab.offsets();
      assert.deepEqual(offsets, [...publisher.acknowledged.keys()].sort((a, b) => a - b));
      const { counts } = await lab.state();
      assert.deepEqual([counts.received, counts.duplicates, counts.missing, counts.announced], [offsets.length, 0, 0, 0]);
      const rows = await lab.rows();
      assert.ok(rows.length > 0 && rows.length <= 200, `${rows.length} rows are on the page`);
      for (const [offset, text] of rows) {
        assert.equal(text, publisher.acknowledged.get(offset));
      }
    };

    test("goes through all transports, with cuts, and loses and repeats nothing", async () => {
      await withLab({ room: `switch-${name}`, transport: "poll" }, async lab => {
        await lab.connected();
        const publisher = new Publisher(server.address, `switch-${name}`);
        for (const step of rounds) {
          for (let index = 0; index < KINDS.length; index++) {
            const kind = KINDS[(index * step) % KINDS.length];
            const away = (index + step) % 2 === 0;
            if (away) {
              await lab.cut();
              await publisher.more(4);
            }
            await lab.choose(kind);
            if (away && (await lab.state()).state === "cut") {
              await lab.resume(); // It was chosen already.
            }
            await lab.brings(kind, 3);
          }
        }
        await assertWhole(lab, publisher);
        await lab.assertNoComplaints();
      });
    });

    test("comes back by itself when the cable is pulled, and loses and repeats nothing", async () => {
      await withLab({ room: `pulled-${name}`, transport: "websocket" }, async lab => {
        await lab.connected();
        const publisher = new Publisher(server.address, `pulled-${name}`);
        for (const kind of ["websocket", "stream", "longpoll", "sse", "websocket"]) {
          await lab.choose(kind);
          await lab.brings(kind, 3);
          cable.pull();
          await publisher.more(4);
          await lab.brings(kind, 3);
        }
        await assertWhole(lab, publisher);
        await lab.assertNoComplaints({ pulled: true });
      });
    });

    test("hears entries of every event name over EventSource", async () => {
      await withLab({ room: `names-${name}`, transport: "sse" }, async lab => {
        await lab.connected();
        for (const event of ["message", "one.unknown", "two:unknown", "one.unknown", "message", "three-unknown", "message"]) {
          await publish(server.address, `names-${name}`, { event }, event);
        }
        await lab.until(() => lab.counts.received === 7);
        assert.deepEqual(await lab.offsets(), [1, 2, 3, 4, 5, 6, 7]);
        const { counts } = await lab.state();
        assert.deepEqual([counts.duplicates, counts.missing], [0, 0]);
        assert.equal(await lab.page.$eval("#fault", fault => fault.hidden), true);
        await lab.assertNoComplaints();
      });
    });

    test("says reset when the log is another one, and reads that from its beginning", async () => {
      const successor = await startServer();
      try {
        await withLab({ room: `reset-${name}`, transport: "websocket" }, async lab => {
          await publish(server.address, `reset-${name}`, "old");
          await lab.until(() => lab.counts.received === 1);
          await publish(successor.address, `reset-${name}`, "new 1");
          await publish(successor.address, `reset-${name}`, "new 2");
          cable.leadTo(successor.address);
          await lab.until(() => lab.verdict === "reset" && lab.counts.received === 3);
          assert.deepEqual(await lab.offsets(), [1, 1, 2]);
          const { counts } = await lab.state();
          assert.deepEqual([counts.duplicates, counts.missing], [0, 0]);
          await lab.until(() => document.querySelector("#entries .warning")?.textContent.startsWith("reset"));
        });
      } finally {
        cable.leadTo(server.address);
        await successor.stop();
      }
    });

    test("publishes JSON and text, by POST and over the WebSocket, and shows none of it as HTML", async () => {
      await withLab({ room: `send-${name}`, transport: "websocket" }, async lab => {
        await lab.connected();
        const { page } = lab;
        const send = async (text, type, by, received) => {
          await page.$eval("#data", (data, text) => { data.value = text; }, text);
          await page.click(`input[name="type"][value="${type}"]`);
          await lab.until(by => !document.querySelector(`input[name="by"][value="${by}"]`).disabled, by);
          await page.click(`input[name="by"][value="${by}"]`);
          await page.click('#send-form button[type="submit"]');
          await lab.until(received => document.querySelectorAll("#entries [data-offset]").length === received, received);
        };
        await send('{"n":1.0}', "json", "post", 1);
        await send("<b>bold</b>", "text", "post", 2);
        await send('["over","the","socket"]', "json", "websocket", 3);
        await send("plain “text”", "text", "websocket", 4);
        assert.deepEqual((await lab.rows()).reverse().map(([, text]) => text), ['{"n":1}', '"<b>bold</b>"', '["over","the","socket"]', '"plain “text”"']);
        assert.equal(await page.$$eval("#entries b", found => found.length), 0);
        await lab.assertNoComplaints();

        await page.$eval("#data", data => { data.value = "{oops"; });
        await page.click('input[name="type"][value="json"]');
        await page.click('input[name="by"][value="post"]');
        await page.click('#send-form button[type="submit"]');
        await lab.until(() => document.getElementById("fault-code").textContent === "data.json");
        assert.match(await page.$eval("#fault-words", words => words.textContent), /not JSON/);
        await page.click('input[name="by"][value="websocket"]');
        await page.click("#fault-close");
        await page.click('#send-form button[type="submit"]');
        await lab.until(() => document.getElementById("fault-code").textContent === "data.json");
        assert.equal((await lab.state()).state, "open");
      });
    });

    test("can be used with the keyboard alone", async () => {
      await withLab({ room: "elsewhere", transport: "poll" }, async lab => {
        const { keyboard } = lab.page;
        await lab.tabTo("#room");
        await lab.page.$eval("#room", room => room.select());
        await keyboard.type(`keys-${name}`);
        await keyboard.press("Enter");
        await lab.until(room => lab.room === room && lab.state === "open", `keys-${name}`);
        await lab.tabTo('input[name="transport"]:checked');
        await keyboard.press("ArrowRight");
        await lab.until(() => lab.transport === "longpoll" && lab.state === "open");
        await keyboard.press("ArrowLeft");
        await keyboard.press("ArrowLeft");
        await lab.until(() => lab.transport === "websocket" && lab.state === "open");
        assert.match(lab.page.url(), new RegExp(`room=keys-${name}&transport=websocket`));
        await lab.tabTo("#every");
        await keyboard.press("Enter");
        await lab.until(() => lab.counts.received >= 2);
        await lab.tabTo("#steady");
        await keyboard.press(" ");
        await lab.tabTo("#data");
        await keyboard.down("Control");
        await keyboard.press("Enter");
        await keyboard.up("Control");
        await lab.until(() => document.querySelector("#sent").textContent.startsWith("Stored at"));
        await lab.page.keyboard.down("Shift");
        await lab.tabTo("#cut");
        await lab.page.keyboard.up("Shift");
        await keyboard.press(" ");
        await lab.until(() => lab.state === "cut");
        await keyboard.press(" ");
        await lab.until(() => lab.state === "open");
        await lab.assertNoComplaints();
      });
    });

    test("names every control, and fits a phone of 360 pixels with long contents", async () => {
      const room = `${name}-`.padEnd(200, "long");
      await withLab({ room, transport: "stream" }, async lab => {
        await publish(server.address, room, "unbroken".repeat(200), "e".repeat(64));
        await publish(server.address, room, { short: true });
        await lab.until(() => document.querySelectorAll("#entries [data-offset]").length === 2);
        await lab.page.$eval("#data", data => { data.value = "[".repeat(65) + "]".repeat(65); });
        await lab.page.click('#send-form button[type="submit"]');
        await lab.until(() => document.getElementById("fault-code").textContent !== "");
        const [content, width] = await lab.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(width === 360 && content <= width, `${content} pixels on a page of ${width}`);
        const unnamed = await lab.page.$$eval("input, textarea, button, fieldset", controls => controls
          .filter(control => !(control.labels?.length > 0 || control.textContent.trim() || control.querySelector?.("legend")))
          .map(control => control.outerHTML));
        assert.deepEqual(unnamed, []);
      }, { width: 360, height: 740 });
    });

    test("leaves a bare EventSource able to resume by itself", async () => {
      await withLab({ room: "beside", transport: "poll" }, async lab => {
        const room = `bare-${name}`;
        const publisher = new Publisher(server.address, room);
        await lab.page.evaluate(url => {
          window.heard = [];
          window.opened = 0;
          const source = new EventSource(url);
          source.onopen = () => window.opened++;
          source.onmessage = message => window.heard.push([Number(message.lastEventId.split("-")[1]), message.data]);
        }, `/rt/rooms/${room}?after=start`);
        for (const opened of [1, 2]) {
          // What is cut before it has opened would never have been.
          await lab.until(opened => window.opened >= opened, opened);
          await publisher.more(5);
          cable.pull();
        }
        await lab.until(() => window.opened >= 3);
        await publisher.more(5);
        await publisher.stop();
        await lab.until(last => window.heard.at(-1)[0] >= last, publisher.last);
        assert.deepEqual(await lab.page.evaluate(() => window.heard), [...publisher.acknowledged]);
      });
    });
  });
}
