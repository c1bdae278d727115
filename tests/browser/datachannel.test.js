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

  test("newest entries come over the channel that loses, one frame a message, and over the other when it is closed", { skip: why }, async () => {
    await connect();
    const seen = await page.evaluate(async () => {
      const lossy = peer.createDataChannel("lossy", { ordered: false, maxRetransmits: 0 });
      const messages = [];
      lossy.onmessage = message => messages.push(message.data);
      await until(() => lossy.readyState === "open");
      const second = peer.createDataChannel("lossy", { ordered: false, maxRetransmits: 0 });
      await until(() => second.readyState === "closed");
      say({ op: "hello", rooms: { places: { after: "now", delivery: "latest" }, log: "now" } });
      await until(() => heard.filter(frame => frame.op === "joined").length === 2);
      const entries = room => heard.filter(frame => frame.op === "entry" && frame.room === room).map(frame => frame.offset);
      let published = 0;
      const publish = async () => {
        published++;
        for (const room of ["places", "log"]) {
          say({ op: "publish", room, data: { at: published, text: "ä€" } });
        }
        await until(() => entries("log").length === published);
      };
      while (messages.length < 10) {
        await publish();
      }
      const overReliable = entries("places").length;
      lossy.close();
      await until(() => lossy.readyState === "closed");
      const before = entries("places").length;
      for (let end = published + 200; published < end && entries("places").length === before;) {
        await publish();
      }
      const frames = messages.map(message => JSON.parse(message));
      return {
        first: [overReliable, entries("places")[0]],
        lines: messages.some(message => message.includes("\n")),
        same: frames.every(frame => frame.op === "entry" && frame.room === "places" && frame.data.at === frame.offset && frame.data.text === "ä€"),
        twice: frames.length - new Set(frames.map(frame => frame.offset)).size,
        after: entries("places").length > before,
      };
    });
    assert.deepEqual(seen, { first: [1, 1], lines: false, same: true, twice: 0, after: true });
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
