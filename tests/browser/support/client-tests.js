import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openGateway } from "../../../clients/js/test/support/gateway.js";
import { logOf, startGuardedServer } from "../../../clients/js/test/support/real.js";
import { launch, missing, newPage } from "./browsers.js";
import { openClient, servePages } from "./client-pages.js";
import { publish } from "./publisher.js";
import { startServer } from "./server.js";

const RUNGS = [
  ["nothing is blocked", {}, "websocket"],
  ["WebSocket is blocked", { webSocket: false }, "stream"],
  ["answers are buffered as well", { webSocket: false, buffers: true }, "longpoll"],
  ["everything but short polls is blocked", { webSocket: false, buffers: true, most: 2500 }, "poll"],
];

/** Declares what the client does in a browser. */
export function testClientIn(name) {
  const skip = missing(name);

  describe(`in ${name}`, { concurrency: 2, timeout: 240_000 }, () => {
    let browser, server, pages;
    before(async () => {
      if (!skip) {
        [browser, server, pages] = await Promise.all([launch(name), startServer(), servePages()]);
      }
    });
    after(() => Promise.all([browser?.close(), server?.stop(), pages?.stop()]));

    const withClient = async (address, how, run) => {
      const client = await openClient(browser, pages, address, how);
      try {
        await run(client);
        assert.deepEqual(await client.errors(), [], "no error is left unhandled");
      } finally {
        await client.page.close();
      }
    };

    for (const [why, rules, expected] of RUNGS) {
      test(`where ${why} it reads by ${expected}, every entry once`, { skip }, async t => {
        const gateway = await openGateway(server.address, rules);
        t.after(() => gateway.remove());
        const room = `rung-${expected}`;
        await withClient(gateway.address, { room }, async client => {
          const published = [0, 1, 2, 3, 4].map(n => client.publish(n));
          await client.until(seen => seen.transport === expected, expected);
          assert.ok((await Promise.all(published)).every(position => position.includes("-")));
          await publish(server.address, room, "last");
          const seen = await client.until(each => each.data.at(-1) === "last", "the last entry");
          assert.deepEqual(seen.data, (await logOf(server.address, room)).map(entry => entry.data));
          assert.deepEqual([seen.data.length, seen.counters.duplicates, seen.resets, seen.gaps], [6, 0, 0, 0]);
        });
      });
    }

    test("a server that is killed and started again is asked once for each wait, and then reads on with a reset", { skip }, async t => {
      let own = await startServer();
      t.after(() => own.stop());
      const gateway = await openGateway(own.address);
      t.after(() => gateway.remove());
      await withClient(gateway.address, {}, async client => {
        await client.publish("before");
        await client.until(seen => seen.data.length === 1, "the first entry");
        await own.kill();
        gateway.cut();
        const { counters: { requests }, states: { length } } = await client.until(seen => seen.state.name !== "open", "the end of the connection");
        const published = client.publish("meanwhile");
        await new Promise(resolve => setTimeout(resolve, 3000));
        const down = await client.state();
        const waits = down.states.slice(length).filter(state => state === "waiting").length;
        assert.ok(down.counters.requests - requests <= waits + 1, `${down.counters.requests - requests} requests in ${waits} waits`);
        own = await startServer();
        gateway.leadTo(own.address);
        const seen = await client.until(each => each.resets === 1 && each.data.length === 1, "the new log");
        assert.deepEqual([seen.data, seen.counters.duplicates], [["meanwhile"], 0]);
        assert.match(await published, /-1-/);
      });
    });

    test("two tabs are two sessions, and each gets everything", { skip }, async () => {
      await withClient(server.address, { room: "tabs" }, one => withClient(server.address, { room: "tabs" }, async two => {
        await Promise.all([0, 1, 2].flatMap(n => [one.publish(`one ${n}`), two.publish(`two ${n}`)]));
        const [a, b] = await Promise.all([one, two].map(each => each.until(seen => seen.data.length === 6, "six entries")));
        assert.deepEqual(a.data, b.data);
        await one.page.evaluate(() => window.godwit.close());
        await two.publish("alone");
        await two.until(seen => seen.data.length === 7, "the seventh");
      }));
    });

    test("a token that ends during a gap is replaced before anything else is asked", { skip }, async t => {
      const guarded = await startGuardedServer();
      t.after(() => guarded.stop());
      const gateway = await openGateway(guarded.address);
      t.after(() => gateway.remove());
      await withClient(gateway.address, { signsIn: true }, async client => {
        assert.match(await client.publish(1), /-1-/);
        const { rules } = gateway;
        Object.assign(rules, { webSocket: false, most: 0 });
        gateway.cut();
        await client.until(seen => seen.state.name !== "open", "the gap");
        const published = client.publish(2);
        await new Promise(resolve => setTimeout(resolve, 7000)); // Longer than the token holds.
        Object.assign(rules, { webSocket: true, most: Infinity });
        const seen = await client.until(each => each.data.length === 2, "the second entry");
        assert.deepEqual([seen.data, seen.resets, seen.counters.duplicates], [[1, 2], 0, 0]);
        assert.match(await published, /-2-/);
      });
    });

    test("a network that comes back is used at once, and a lost one is noticed when the page is told", { skip }, async t => {
      const gateway = await openGateway(server.address);
      t.after(() => gateway.remove());
      await withClient(gateway.address, { room: "away", options: { openTimeout: 30_000, backoff: { first: 60_000, most: 60_000 } } }, async client => {
        await client.publish(1);
        await client.until(seen => seen.data.length === 1, "the first entry");
        if (name === "chromium") {
          await client.page.setOfflineMode(true);
        } else {
          Object.assign(gateway.rules, { webSocket: false, most: 0 });
        }
        gateway.cut();
        await client.until(seen => seen.state.name === "waiting", "the wait");
        await publish(server.address, "away", 2);
        if (name === "chromium") {
          await client.page.setOfflineMode(false);
        } else {
          Object.assign(gateway.rules, { webSocket: true, most: Infinity });
          await client.page.evaluate(() => window.dispatchEvent(new Event("online")));
        }
        const seen = await client.until(each => each.data.length === 2, "the entry of the gap, long before the wait is over", 25_000);
        assert.deepEqual([seen.data, seen.counters.duplicates], [[1, 2], 0]);
      });
    });

    test("it works in a worker, and from another origin", { skip }, async () => {
      const page = await newPage(browser);
      await page.goto(pages.address);
      const said = await page.evaluate(address => new Promise((resolve, reject) => {
        const worker = new Worker(`/worker.js?address=${encodeURIComponent(address)}`, { type: "module" });
        worker.onmessage = message => resolve(message.data);
        worker.onerror = error => reject(new Error(error.message));
      }), server.address);
      assert.equal(said, "from the worker");
      await page.close();
    });

    test("what worked is remembered for the next page, and nothing else", { skip }, async () => {
      const how = { room: "kept", options: { remember: true, transports: ["longpoll", "poll"] } };
      await withClient(server.address, how, async client => {
        const kept = await client.page.waitForFunction(() => localStorage.length > 0 && JSON.stringify({ ...localStorage }), { timeout: 40_000 });
        assert.match(await kept.jsonValue(), /^\{"godwit http:\/\/127\.0\.0\.1:\d+\/rt\/session":"longpoll \d+"\}$/);
      });
    });

    if (name === "chromium") {
      test("a page that was frozen goes on with what it missed", { skip }, async t => {
        const gateway = await openGateway(server.address);
        t.after(() => gateway.remove());
        await withClient(gateway.address, { room: "frozen" }, async client => {
          await client.publish(0);
          await client.until(seen => seen.data.length === 1, "the first entry");
          const session = await client.page.createCDPSession();
          await session.send("Page.setWebLifecycleState", { state: "frozen" });
          for (let n = 1; n <= 20; n++) {
            await publish(server.address, "frozen", n);
          }
          gateway.cut();
          await session.send("Page.setWebLifecycleState", { state: "active" });
          const seen = await client.until(each => each.data.length === 21, "what was missed");
          assert.deepEqual([seen.data, seen.counters.duplicates, seen.resets], [Array.from({ length: 21 }, (_, n) => n), 0, 0]);
        });
      });
    }
  });
}
