import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Godwit } from "../client.js";
import { openGateway } from "./support/gateway.js";
import { logOf, publish, startServer, until } from "./support/real.js";
import { watch } from "./support/scene.js";

const KINDS = ["websocket", "stream", "longpoll", "poll"];
const QUICK = { remember: false, openTimeout: 3000, backoff: { first: 100, most: 500 }, pollInterval: 250 };

describe("with the server itself", { concurrency: 4, timeout: 120_000 }, () => {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  const clientOf = (options, address = server.address) => new Godwit(`${address}/rt`, { ...QUICK, ...options });

  for (const kind of KINDS) {
    test(`${kind}: rooms, publishes both ways, octets, history`, async () => {
      const godwit = clientOf({ transports: [kind] });
      const name = `all-${kind}`;
      await publish(server.address, name, "before");
      const room = godwit.join(name, { last: 1 });
      const seen = [];
      room.on("entry", entry => seen.push(entry.bytes ? [...entry.bytes] : entry.data));
      const text = { text: "“ü” \u2028", deep: [1, { a: null }] };
      const position = await room.publish("note", text);
      assert.match(position, /^[\w~]{11}-2-[\w~]{6}$/);
      await room.publish("blob", new Uint8Array([0, 255, 7]));
      await publish(server.address, name, "elsewhere");
      await until(() => seen.length === 4, `${kind}: four entries`);
      assert.deepEqual(seen, ["before", text, [0, 255, 7], "elsewhere"]);
      const pages = [];
      for await (const page of godwit.join(`${name}-empty`).history()) {
        pages.push(page);
      }
      assert.deepEqual(pages, []);
      assert.equal(await room.publish("note", 1, { key: "0123456789012345678901" }), await room.publish("note", 1, { key: "0123456789012345678901" }));
      await assert.rejects(room.publish("note", 2, { key: "0123456789012345678901" }), { code: "key.reused" });
      await assert.rejects(room.publish("note", "x".repeat(70_000)), { code: "entry.too_large" });
      await assert.rejects(room.request("roll", { sides: 6 }), { code: "request.unhandled" });
      assert.equal(godwit.transport, kind);
      assert.ok(godwit.roundTrip >= 0 && godwit.counters.bytesDown > 0 && godwit.counters.requests > 0);
      godwit.close();
    });
  }

  for (const [why, rules, expected] of [
    ["everything passes", {}, "websocket"],
    ["WebSocket is blocked", { webSocket: false }, "stream"],
    ["answers are buffered as well", { webSocket: false, buffers: true }, "longpoll"],
    ["nothing may last longer than a moment", { webSocket: false, buffers: true, most: 2500 }, "poll"],
  ]) {
    test(`where ${why} a client ends up with ${expected}, and gets everything once`, async () => {
      const gateway = await openGateway(server.address, rules);
      const godwit = clientOf({ wait: 5 }, gateway.address);
      const name = `by-${expected}`;
      const room = godwit.join(name, { after: "start" });
      const seen = watch(room);
      const published = Array.from({ length: 20 }, (_, n) => room.publish("message", n));
      await until(() => godwit.transport === expected, `${expected} (it is ${godwit.transport})`);
      await Promise.all(published);
      await publish(server.address, name, "last");
      await until(() => seen.data.at(-1) === "last", `the last entry over ${expected}`);
      assert.deepEqual(seen.data, (await logOf(server.address, name)).map(entry => entry.data));
      assert.equal(seen.data.length, 21);
      assert.equal(godwit.counters.duplicates, 0);
      godwit.close();
      await gateway.remove();
    });
  }

  test("a client climbs back to WebSocket while entries come, and nobody notices", async () => {
    const gateway = await openGateway(server.address, { webSocket: false });
    const godwit = clientOf({}, gateway.address);
    const room = godwit.join("climb");
    const seen = watch(room);
    await until(() => godwit.transport === "stream", "the stream");
    gateway.rules.webSocket = true;
    const states = [];
    godwit.on("state", state => states.push(state.name));
    let n = 0;
    await until(async () => {
      await publish(server.address, "climb", n++);
      return godwit.transport === "websocket";
    }, "the climb");
    await publish(server.address, "climb", n++);
    await until(() => seen.data.length === n, "every entry");
    assert.deepEqual(seen.data, Array.from({ length: n }, (_, each) => each));
    assert.deepEqual([states, godwit.counters.duplicates], [[], 0]);
    godwit.close();
    await gateway.remove();
  });

  test("a page that is slow, a hundred rooms at once, and everybody else still gets everything", async () => {
    const godwit = clientOf();
    const slow = godwit.join("slow", { buffer: 20 });
    const reading = slow[Symbol.asyncIterator]();
    const others = Array.from({ length: 100 }, (_, n) => watch(godwit.join(`many-${n}`)));
    await godwit.publish("slow", "message", "ready");
    await reading.next();
    for (let n = 0; n < 100; n++) {
      await Promise.all([godwit.publish("slow", "message", n), godwit.publish(`many-${n}`, "message", n)]);
    }
    await until(() => others.every(seen => seen.data.length === 1), "an entry in each room");
    await until(() => slow.state.name === "paused", "the pause");
    const got = [];
    for await (const entry of reading) {
      got.push(entry.data);
      if (got.length === 100) {
        break;
      }
    }
    assert.deepEqual(got, Array.from({ length: 100 }, (_, n) => n));
    godwit.close();
  });

  test("a position that is kept goes on where it was, and one of another log is told", async () => {
    const first = clientOf();
    const position = await first.publish("kept", "message", 1);
    await first.publish("kept", "message", 2);
    first.close();
    const next = clientOf();
    const seen = watch(next.join("kept", { after: position }));
    const other = watch(next.join("not-kept", { after: position }));
    await until(() => seen.data.length === 1 && other.resets === 1, "the entry and the reset");
    assert.deepEqual([seen.data, seen.resets], [[2], 0]);
    next.close();
  });

  test("short polls are paced by what the server says", async () => {
    const { pollInterval: _, ...options } = QUICK;
    const godwit = new Godwit(`${server.address}/rt`, { ...options, transports: ["poll"] });
    const room = godwit.join("paced");
    await room.publish("message", 1);
    const { requests } = godwit.counters;
    const began = Date.now();
    await until(() => godwit.counters.requests >= requests + 2, "two polls");
    assert.ok(Date.now() - began >= 900, "the server suggests half a second or more");
    godwit.close();
  });
});
