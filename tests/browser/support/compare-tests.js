import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, missing } from "./browsers.js";
import { Compare, lanesIn } from "./compare.js";
import { unreadable } from "./contrast.js";
import { Publisher } from "./publisher.js";
import { builtServer, startServer } from "./server.js";

/** The tests of the page of transports side by side in one browser. */
export function testCompareIn(name) {
  const why = missing(name);
  const LANES = lanesIn(name);
  if (why) {
    test(`the page of transports side by side in ${name}`, { skip: why }, () => {}); // A skipped suite would not be counted.
    return;
  }
  describe(`the page of transports side by side in ${name}`, { timeout: 600_000, concurrency: 1 }, () => {
    let server, browser;
    before(async () => {
      browser = await launch(name);
      server = await startServer();
    });
    after(async () => {
      await browser?.close();
      await server?.stop();
    });

    // Opens the page, and closes it whatever becomes of the test.
    const withLab = async (room, body, { viewport, address = server.address, ready = true } = {}) => {
      const lab = (await Compare.open(browser, address, { room }, viewport)).in(name);
      try {
        if (ready) {
          await lab.ready();
        }
        await body(lab);
      } finally {
        await lab.close();
      }
    };

    test("reads every entry over every transport, and shows what each of them costs", async () => {
      await withLab(`all-${name}`, async lab => {
        const publisher = new Publisher(server.address, `all-${name}`, 40);
        await publisher.more(60);
        await publisher.stop();
        const offsets = [...publisher.acknowledged.keys()].sort((a, b) => a - b);
        await lab.assertWhole(offsets);
        if (lab.loses) {
          await lab.assertNewest(offsets);
        }
        const { websocket, stream, longpoll, poll } = await lab.lanes();
        assert.deepEqual([websocket.requests, stream.requests], [1, 1]);
        assert.ok(longpoll.requests > 3, `${longpoll.requests} long polls`);
        assert.ok(poll.median > websocket.median, "an entry waits for the next short poll");
        assert.ok(websocket.up < longpoll.up && websocket.up < poll.up, "a connection that is kept sends nothing while it reads");
        assert.ok([websocket, stream, longpoll, poll].every(({ down }) => down > 60 * 100), "every lane counts what it is sent");
        // The cards are painted some times a second.
        await lab.until(kinds => kinds.every(kind =>
          /Connected.*Median latency.*Requests per entry.*Octets per entry.*Entries6\d/.test(document.querySelector(`.lane[data-kind="${kind}"]`).textContent)), LANES);
        const painted = await lab.page.$eval("#plot canvas", canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
        assert.ok(painted > LANES.length, "the picture has the colours of the lanes");
        await lab.assertNoComplaints();
      });
    });

    test("says why there is no data channel where there can be none, and counts what the lossy one lost where there is one", async () => {
      await withLab(`lossy-${name}`, async lab => {
        if (!lab.loses) {
          await lab.until(() => ["datachannel", "lossy"].every(kind => /Firefox uses no loopback addresses/.test(document.querySelector(`.lane[data-kind="${kind}"] .words`).textContent)));
          return;
        }
        // Many at once: of those that the server cannot send at that moment only the newest comes.
        await lab.page.click("#burst");
        await lab.page.click("#burst");
        await lab.until(() => lab.published === 200);
        await lab.assertNewest(Array.from({ length: 200 }, (_, n) => n + 1));
        const { missing } = (await lab.lanes()).lossy;
        await lab.until(missing => document.querySelector('.lane[data-kind="lossy"]').textContent.includes(`Missing, came late${missing} (`), missing);
        assert.equal(await lab.page.$eval('.lane[data-kind="lossy"] dd.wrong', () => true).catch(() => false), false, "what is lost there is no fault");
        await lab.assertNoComplaints();
      });
    });

    test("catches up after a cut and after a pause, and loses and repeats nothing", async () => {
      await withLab(`cut-${name}`, async lab => {
        const publisher = new Publisher(server.address, `cut-${name}`, 80);
        await lab.until(kinds => kinds.every(kind => lab.lanes[kind].entries > 0), LANES);
        for (const [kind, action] of [["websocket", "cut"], ["stream", "pause"], ["longpoll", "cut"], ["poll", "cut"], ["websocket", "pause"], ["stream", "cut"], ...(lab.loses ? [["datachannel", "cut"], ["datachannel", "pause"]] : [])]) {
          await lab.press(kind, action);
          await lab.until((kind, state) => lab.lanes[kind].state === state, kind, action === "cut" ? "cut" : "paused");
          await publisher.more(5);
          await lab.press(kind, action);
          await lab.until((kind, last) => lab.lanes[kind].state === "open" && lab.received(kind).at(-1) >= last, kind, publisher.last);
        }
        // Both buttons are up to date at once, for whoever presses them faster than the card is painted.
        assert.deepEqual(await lab.page.evaluate(() => ["cut", "cut", "pause", "pause"].map(action => {
          document.querySelector(`.lane[data-kind="poll"] button[data-action="${action}"]`).click();
          return lab.lanes.poll.state;
        }).filter((_, press) => press % 2 === 0)), ["cut", "paused"]);
        await publisher.stop();
        await lab.assertWhole([...publisher.acknowledged.keys()].sort((a, b) => a - b));
        const lanes = await lab.lanes();
        assert.ok(LANES.every(kind => lanes[kind].caughtUp > 0), `caught up: ${LANES.map(kind => lanes[kind].caughtUp)}`);
        await lab.page.click("#clear");
        const cleared = await lab.lanes();
        assert.deepEqual(LANES.map(kind => [cleared[kind].entries, cleared[kind].caughtUp, cleared[kind].missing]), LANES.map(() => [0, 0, 0]));
        await lab.assertNoComplaints();
      });
    });

    test("publishes at a rate and in bursts, once each, and begins anew in another room", async () => {
      await withLab(`load-${name}`, async lab => {
        await lab.page.$eval("#rate", rate => {
          rate.value = 7;
          rate.dispatchEvent(new Event("input", { bubbles: true }));
        });
        assert.equal(await lab.page.$eval("#rate-shown", shown => shown.textContent), "20");
        await lab.page.click("#start");
        await lab.until(() => lab.published >= 10);
        await lab.page.click("#start");
        for (let burst = 0; burst < 3; burst++) {
          await lab.page.click("#burst");
        }
        await lab.page.click("#one");
        await lab.until(() => lab.published >= 311 && lab.waiting === 0);
        const published = await lab.page.evaluate(() => lab.published);
        await lab.assertWhole(Array.from({ length: published }, (_, n) => n + 1));
        await lab.page.$eval("#room", (room, name) => { room.value = name; }, `load2-${name}`);
        await lab.page.click('#room-form button[type="submit"]');
        await lab.ready();
        assert.ok(lab.page.url().endsWith(`?room=load2-${name}`));
        await lab.page.click("#one");
        await lab.assertWhole([1]);
        await lab.assertNoComplaints();
      });
    });

    test("can be used with the keyboard alone", async () => {
      await withLab(`keys-${name}`, async lab => {
        const { keyboard } = lab.page;
        await lab.tabTo("#rate");
        await keyboard.press("ArrowRight");
        assert.equal(await lab.page.$eval("#rate-shown", shown => shown.textContent), "2");
        assert.equal(await lab.page.$eval("#rate", rate => rate.getAttribute("aria-valuetext")), "2 a second");
        await lab.tabTo("#start");
        await keyboard.press("Enter");
        await lab.until(() => lab.lanes.websocket.entries > 0);
        assert.equal(await lab.page.$eval("#start", start => start.getAttribute("aria-pressed")), "true");
        await keyboard.press("Enter");
        for (const [kind, action, state] of [["websocket", "cut", "cut"], ["longpoll", "pause", "paused"]]) {
          await lab.tabTo(`.lane[data-kind="${kind}"] button[data-action="${action}"]`);
          await keyboard.press(" ");
          await lab.until((kind, state) => lab.lanes[kind].state === state, kind, state);
          await keyboard.press(" ");
          await lab.until(kind => lab.lanes[kind].state === "open", kind);
        }
        await lab.assertNoComplaints();
      });
    });

    test("asks for a token where there has to be one, and shows the members where the room has a list", async () => {
      const folder = mkdtempSync(join(tmpdir(), "godwit-lab-"));
      const config = join(folder, "godwit.json");
      writeFileSync(config, JSON.stringify({
        access: { secrets: [randomBytes(32).toString("base64")] },
        policies: [{ pattern: "team:*", users: ["read", "publish", "history", "presence"], presence: { enabled: true } }],
      }));
      const locked = await startServer("--config", config);
      try {
        const token = execFileSync("dotnet", [builtServer(), "token", "--sub", "ann", "--config", config], { encoding: "utf8" }).trim();
        await withLab("team:a", async lab => {
          await lab.until(() => /Give a token above/.test(document.getElementById("fault-words").textContent));
          assert.equal(await lab.page.$eval("#fault-code", code => code.textContent), "credential.missing");
          await lab.page.type("#token", token);
          await lab.page.keyboard.press("Enter");
          await lab.ready();
          await lab.until(count => document.querySelectorAll("#members li").length === count && [...document.querySelectorAll("#members strong")].every(user => user.textContent === "ann"), lab.loses ? 6 : 4);
          assert.equal(await lab.page.$eval("#fault", fault => fault.hidden), true);
          await lab.page.click("#one");
          await lab.assertWhole([1]);
        }, { address: locked.address, ready: false });
      } finally {
        await locked.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });

    test("fits a phone of 360 pixels and names every control", async () => {
      const room = `${name}-`.padEnd(200, "long");
      await withLab(room, async lab => {
        await lab.page.click("#burst");
        await lab.assertWhole(Array.from({ length: 100 }, (_, n) => n + 1));
        const [content, width] = await lab.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(width === 360 && content <= width, `${content} pixels on a page of ${width}`);
        const unnamed = await lab.page.$$eval("input, button, summary", controls => controls
          .filter(control => !(control.labels?.length > 0 || control.textContent.trim()))
          .map(control => control.outerHTML));
        assert.deepEqual(unnamed, []);
        await lab.assertNoComplaints();
      }, { viewport: { width: 360, height: 740 } });
    });

    test("can be read, in light and in dark", async () => {
      await withLab(`seen-${name}`, async lab => {
        // Firefox has no way for a test to switch: it is looked at as it comes.
        for (const scheme of name === "chromium" ? ["light", "dark"] : ["as it comes"]) {
          if (name === "chromium") {
            await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
          }
          await lab.page.click("#one");
          await lab.press("poll", "cut");
          assert.deepEqual(await lab.page.evaluate(unreadable), [], scheme);
          await lab.press("poll", "cut");
        }
        await lab.assertNoComplaints();
      });
    });
  });
}
