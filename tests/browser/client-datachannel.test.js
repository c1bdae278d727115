import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openGateway } from "../../clients/js/test/support/gateway.js";
import { logOf, startGuardedServer } from "../../clients/js/test/support/real.js";
import { launch, missing } from "./support/browsers.js";
import { openClient, servePages } from "./support/client-pages.js";
import { publish } from "./support/publisher.js";
import { startServer } from "./support/server.js";

const rises = data => data.every((each, n) => n === 0 || each > data[n - 1]);

/** Declares tests with a browser, a server and pages of another origin. */
function inBrowser(name, declare) {
  const skip = missing(name);
  describe(`the client over data channels in ${name}`, { timeout: 300_000, concurrency: 1 }, () => {
    let browser, server, pages;
    before(async () => {
      if (!skip) {
        [browser, server, pages] = await Promise.all([launch(name), startServer(), servePages()]);
      }
    });
    after(() => Promise.all([browser?.close(), server?.stop(), pages?.stop()]));

    declare((title, how, run) => test(title, { skip }, async t => {
      const address = await how.address?.(t, pages.address) ?? server.address;
      const client = await openClient(browser, pages, address, how);
      try {
        await run(client, address);
        assert.deepEqual(await client.errors(), [], "no error is left unhandled");
      } finally {
        await client.page.close();
      }
    }));
  });
}

inBrowser("chromium", withClient => {
  withClient("a session is carried by one, both ways, and goes on after it was cut", { room: "session", options: { transport: "datachannel", openTimeout: 60_000 } }, async (client, address) => {
    const published = [0, 1, 2].map(n => client.publish(n));
    await client.until(seen => seen.transport === "datachannel", "the data channel");
    assert.ok((await Promise.all(published)).every(position => position.includes("-")));
    assert.match(await client.publish("ä".repeat(30_000)), /-4-/);
    await client.page.evaluate(() => window.godwit.disconnect());
    await publish(address, "session", "meanwhile");
    await client.page.evaluate(() => window.godwit.connect());
    const seen = await client.until(each => each.data.at(-1) === "meanwhile", "what came meanwhile");
    assert.deepEqual(seen.data, (await logOf(address, "session")).map(entry => entry.data));
    assert.deepEqual([seen.data.length, seen.transport, seen.counters.duplicates, seen.gaps], [5, "datachannel", 0, 0]);
  });

  for (const [where, transport] of [["the session's own", "datachannel"], ["one beside a WebSocket", "websocket"]]) {
    const room = `latest-${transport}`;
    withClient(`a room of which only the newest entry matters comes over ${where}, and its last entry arrives`, { room, join: { delivery: "latest" }, options: { transport, openTimeout: 60_000 } }, async (client, address) => {
      await client.page.waitForFunction(() => window.room.lossy, { timeout: 60_000 });
      for (let n = 0; n < 50; n++) {
        await publish(address, room, n);
      }
      const seen = await client.until(each => each.data.at(-1) === 49, "the last entry");
      assert.ok(rises(seen.data), seen.data.join());
      assert.deepEqual([seen.transport, seen.counters.duplicates, seen.gaps], [transport, 0, 0]);
    });
  }

  withClient("where a server offers none to who comes from elsewhere, all goes over WebSocket", {
    room: "none", signsIn: true, options: { transport: "datachannel" }, join: { delivery: "latest" },
    async address(t, origin) {
      const guarded = await startGuardedServer({ origins: [origin] });
      t.after(() => guarded.stop());
      const gateway = await openGateway(guarded.address, { headers: { "X-Forwarded-For": "203.0.113.9" } });
      t.after(() => gateway.remove());
      return gateway.address;
    },
  }, async client => {
    await client.until(seen => seen.transport === "websocket", "the WebSocket");
    await client.publish(1);
    const seen = await client.until(each => each.data.length === 1, "the entry");
    assert.deepEqual([seen.data, await client.page.evaluate(() => window.room.lossy)], [[1], false]);
  });
});

// Firefox sends nothing to a loopback address, where these servers are: to it, that is UDP which is blocked.
inBrowser("firefox", withClient => {
  withClient("where no packet gets through, all goes over WebSocket", { room: "blocked", options: { transport: "datachannel" } }, async client => {
    const published = client.publish("hello");
    await client.until(seen => seen.transport === "websocket", "the WebSocket");
    assert.match(await published, /-1-/);
    const seen = await client.until(each => each.data.length === 1, "the entry");
    assert.deepEqual(seen.data, ["hello"]);
  });
});
