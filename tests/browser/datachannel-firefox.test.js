import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, missing } from "./support/browsers.js";
import { openChannelPage } from "./support/channel-page.js";
import { isInOwnNetwork, missingNetwork, ownAddress, runInOwnNetwork } from "./support/own-network.js";
import { startServer } from "./support/server.js";

// Firefox sends nothing to a loopback address, so server and browser are in a network that has another one.
const port = 3478;

if (isInOwnNetwork) {
  describe("data channels in firefox", { timeout: 300_000, concurrency: 1 }, () => {
    let browser, server, page;
    before(async () => {
      server = await startServer("--listen", `http://${ownAddress}:0`, "--udp", `${port}`, "--allow-anonymous");
      browser = await launch("firefox");
    });
    after(async () => {
      await browser?.close();
      await server?.stop();
    });

    const open = async () => {
      page = await openChannelPage(browser, server.addresses.find(address => address.includes(ownAddress)));
    };

    test("a session goes over the channel, both ways, with frames of every length", async () => {
      await open();
      const seen = await page.evaluate(async () => {
        say({ op: "hello", rooms: { lobby: "now" } });
        await until(() => heard.some(frame => frame.op === "joined"));
        const texts = [1, 100, 2_000, 20_000, 60_000].map(length => "ä".repeat(Math.ceil(length / 2)).slice(0, length));
        texts.forEach((data, id) => say({ op: "publish", id, room: "lobby", data }));
        await until(() => heard.filter(frame => frame.op === "entry").length === texts.length && heard.filter(frame => frame.op === "reply").length === texts.length);
        const entries = heard.filter(frame => frame.op === "entry");
        const answered = [...peer.remoteDescription.sdp.matchAll(/a=candidate:.*? udp \d+ (\S+) (\d+)/g)].map(found => `${found[1]}:${found[2]}`);
        return { welcome: heard[0].op, lengths: entries.map(frame => frame.data.length), same: entries.every((frame, i) => frame.data === texts[i]), answered };
      });
      assert.deepEqual(seen, { welcome: "welcome", lengths: [1, 50, 1_000, 10_000, 30_000], same: true, answered: [`${ownAddress}:${port}`] });
      await page.close();
    });

    test("a session that loses its peer is resumed over the next one, where it was", async () => {
      await open();
      const seen = await page.evaluate(async () => {
        say({ op: "hello", rooms: { diary: "now" } });
        const { session } = await until(() => heard.find(frame => frame.op === "welcome"));
        await until(() => heard.some(frame => frame.op === "joined"));
        const publish = data => fetch("/rt/rooms/diary", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });
        await publish("before");
        const { position } = await until(() => heard.find(frame => frame.op === "entry"));
        peer.close();
        await publish("meanwhile");
        await connect();
        say({ op: "hello", session, rooms: { diary: position } });
        await until(() => heard.some(frame => frame.op === "entry"));
        await publish("after");
        await until(() => heard.filter(frame => frame.op === "entry").length === 2);
        return { resumed: heard[0].resumed, verdict: heard.find(frame => frame.op === "joined").verdict, entries: heard.filter(frame => frame.op === "entry").map(frame => frame.data) };
      });
      assert.deepEqual(seen, { resumed: true, verdict: "ok", entries: ["meanwhile", "after"] });
      await page.close();
    });

    test("a channel that is not served is closed, and DELETE of the Location ends the peer", async () => {
      await open();
      const status = await page.evaluate(async () => {
        await until(() => other.readyState === "closed");
        say({ op: "hello" });
        await until(() => heard.some(frame => frame.op === "welcome"));
        const ended = await fetch(place, { method: "DELETE" });
        await until(() => channel.readyState === "closed");
        return ended.status;
      });
      assert.equal(status, 200);
      await page.close();
    });

    test("the JavaScript client has its session over it, and a room of which only the newest entry matters over the channel that loses what is late", async () => {
      await open();
      const seen = await page.evaluate(async () => {
        const { Godwit } = await import("/rt/client.js");
        const godwit = new Godwit("/rt", { transport: "datachannel", openTimeout: 60_000, remember: false });
        const [all, newest] = [[], []];
        godwit.join("all").on("entry", entry => all.push(entry.data));
        const room = godwit.join("newest", { delivery: "latest" });
        room.on("entry", entry => newest.push(entry.data));
        await until(() => room.lossy);
        for (let n = 0; n < 20; n++) {
          await Promise.all([godwit.publish("all", "message", n), godwit.publish("newest", "message", n)]);
        }
        await until(() => all.length === 20 && newest.at(-1) === 19);
        const { transport, counters } = godwit;
        godwit.close();
        return { all, rises: newest.every((n, i) => i === 0 || n > newest[i - 1]), transport, duplicates: counters.duplicates };
      });
      assert.deepEqual(seen, { all: Array.from({ length: 20 }, (_, n) => n), rises: true, transport: "datachannel", duplicates: 0 });
      await page.close();
    });
  });
} else {
  test("data channels in firefox, in a network of its own", { skip: missing("firefox") || missingNetwork(), timeout: 360_000 }, async () => {
    const { code, said } = await runInOwnNetwork(fileURLToPath(import.meta.url));
    assert.equal(code, 0, said);
    assert.match(said, /pass 4/);
  });
}
