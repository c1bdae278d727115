import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, missing } from "./support/browsers.js";
import { openChannelPage } from "./support/channel-page.js";
import { startServer } from "./support/server.js";

const why = missing("chromium");

// Firefox sends nothing to a loopback address, where these servers are: it has datachannel-firefox.test.js.
describe("data channels in chromium", { timeout: 300_000, concurrency: 1 }, () => {
  let browser, server, page;
  before(async () => {
    browser = why ? null : await launch("chromium");
    server = await startServer();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const connect = async () => {
    page = await openChannelPage(browser, server.address);
  };

  test("a session goes over the channel, both ways, with frames of every length", { skip: why }, async () => {
    await connect();
    const seen = await page.evaluate(async () => {
      say({ op: "hello", rooms: { [`lobby`]: "now" } });
      await until(() => heard.some(frame => frame.op === "joined"));
      const texts = [1, 100, 2_000, 20_000, 60_000].map(length => "ä".repeat(Math.ceil(length / 2)).slice(0, length));
      texts.forEach((data, id) => say({ op: "publish", id, room: "lobby", data }));
      await until(() => heard.filter(frame => frame.op === "entry").length === texts.length && heard.filter(frame => frame.op === "reply").length === texts.length);
      return {
        welcome: heard[0].op,
        entries: heard.filter(frame => frame.op === "entry").map(frame => frame.data.length),
        same: heard.filter(frame => frame.op === "entry").every((frame, i) => frame.data === texts[i]),
      };
    });
    assert.deepEqual(seen, { welcome: "welcome", entries: [1, 50, 1_000, 10_000, 30_000], same: true });
    await page.close();
  });

  test("a channel that is not served is closed, and the other goes on", { skip: why }, async () => {
    await connect();
    const state = await page.evaluate(async () => {
      await until(() => other.readyState === "closed");
      say({ op: "hello" });
      await until(() => heard.some(frame => frame.op === "welcome"));
      return channel.readyState;
    });
    assert.equal(state, "open");
    await page.close();
  });

  test("DELETE of the Location ends the peer, and the page notices", { skip: why }, async () => {
    await connect();
    const seen = await page.evaluate(async () => {
      say({ op: "hello" });
      await until(() => heard.length > 0);
      const ended = await fetch(place, { method: "DELETE" });
      await until(() => channel.readyState === "closed");
      return ended.status;
    });
    assert.equal(seen, 200);
    await page.close();
  });
});
