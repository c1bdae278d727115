import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Godwit } from "../client.js";
import { FakeTime } from "./support/fake-time.js";
import { layProxy } from "./support/proxy.js";
import { logOf, publish, startServer, until } from "./support/real.js";

const KINDS = ["websocket", "stream", "longpoll", "poll"];
const QUICK = { remember: false, openTimeout: 1000, backoff: { first: 50, most: 400 }, wait: 2, pollInterval: 250 };

/** What a room tells, log by log: a `reset` begins another. */
function watchLogs(room) {
  const logs = [[]];
  const gaps = [];
  room.on("reset", () => logs.push([]));
  room.on("gap", gap => gaps.push(gap));
  room.on("entry", entry => logs.at(-1).push(entry));
  return { logs, gaps };
}

const offsets = entries => entries.map(entry => entry.offset);

describe("through a network that fails at any octet", { concurrency: 2, timeout: 180_000 }, () => {
  test("every entry comes once and in order, every publish is stored once, and the client's own filter drops nothing", async t => {
    const seed = Number(process.env.GODWIT_SEED ?? Date.now() % 1e9);
    t.diagnostic(`GODWIT_SEED=${seed}`);
    const chance = new FakeTime(seed).random;
    const upTo = most => Math.floor(chance() * most);
    const server = await startServer();
    const proxy = await layProxy(server.address);
    const clients = [undefined, ...KINDS].map(kind => {
      const godwit = new Godwit(`${proxy.address}/rt`, { ...QUICK, transports: kind ? [kind] : undefined });
      const room = godwit.join("lobby", { after: "start" });
      return { kind, godwit, room, ...watchLogs(room), published: [] };
    });
    await until(() => clients.every(client => client.room.state.name === "open"), "every client is there");
    proxy.fault = () => [
      {},
      { down: upTo(3000) },
      { up: upTo(2000) },
      { piece: 1 + upTo(40), delay: upTo(4) },
      { down: 200 + upTo(20_000), piece: 1 + upTo(400) },
      { hold: 100 + upTo(5000), down: upTo(10_000) },
    ][upTo(6)];
    const from = [];
    for (let n = 0; n < 60; n++) {
      from.push(publish(server.address, "lobby", `other ${n}`));
      for (const { kind, room, published } of clients) {
        published.push(room.publish("message", `${kind} ${n}`));
      }
      if (upTo(10) === 0) {
        proxy.cut();
      }
      await new Promise(resolve => setTimeout(resolve, upTo(120)));
    }
    proxy.fault = () => ({});
    proxy.cut();
    await Promise.all([...from, ...clients.flatMap(client => client.published)]);
    const stored = await logOf(server.address, "lobby");
    assert.equal(stored.length, 60 * 6, "each publish is stored once");
    await until(() => clients.every(client => client.logs[0].length >= stored.length), "every client has everything");
    for (const { kind, godwit, logs, gaps, published } of clients) {
      assert.deepEqual(logs[0].map(entry => entry.data), stored.map(entry => entry.data), `${kind}: the log, in order`);
      assert.deepEqual([logs.length, gaps.length, godwit.counters.duplicates], [1, 0, 0], `${kind}`);
      const positions = await Promise.all(published);
      const own = stored.filter(entry => String(entry.data).startsWith(`${kind} `));
      assert.deepEqual(positions, own.map(entry => entry.position), `${kind}: the positions that were promised, in the order published`);
      godwit.close();
    }
    await proxy.remove();
    await server.stop();
  });

  test("a server that is killed and started again: the new log is told by a reset, and each log is read in order and once", async () => {
    let server = await startServer();
    const proxy = await layProxy(server.address);
    const clients = KINDS.map(kind => {
      const godwit = new Godwit(`${proxy.address}/rt`, { ...QUICK, transports: [kind] });
      const room = godwit.join("lobby", { after: "start" });
      return { kind, godwit, room, ...watchLogs(room), published: [] };
    });
    let n = 0;
    const publishAll = () => {
      n++;
      clients.forEach(({ kind, room, published }) => published.push(room.publish("message", `${kind} ${n}`)));
    };
    publishAll();
    await Promise.all(clients.flatMap(client => client.published));
    for (let life = 0; life < 2; life++) {
      for (let step = 0; step < 20; step++) {
        publishAll();
        await new Promise(resolve => setTimeout(resolve, 20));
      }
      proxy.refuses = true;
      await server.kill();
      proxy.cut();
      const before = clients.map(({ godwit }) => godwit.counters.requests);
      const waits = clients.map(() => 0);
      const offs = clients.map(({ godwit }, at) => godwit.on("state", state => waits[at] += state.name === "waiting" ? 1 : 0));
      publishAll();
      server = await startServer();
      offs.forEach(off => off());
      clients.forEach(({ kind, godwit }, at) => assert.ok(godwit.counters.requests - before[at] <= waits[at] + 3,
        `${kind}: ${godwit.counters.requests - before[at]} requests in ${waits[at]} waits`));
      proxy.leadTo(server.address);
      proxy.refuses = false;
      await until(() => clients.every(client => client.logs.length === life + 2), "every client is told of the new log");
    }
    publishAll();
    const positions = await Promise.all(clients.map(client => Promise.all(client.published)));
    const stored = await logOf(server.address, "lobby");
    await until(() => clients.every(client => client.logs.at(-1).length >= stored.length), "every client has everything");
    clients.forEach(({ kind, godwit, logs, gaps }, at) => {
      assert.deepEqual([logs.length, gaps.length, godwit.counters.duplicates], [3, 0, 0], kind);
      logs.forEach((log, life) => assert.deepEqual(offsets(log), offsets(log).map((_, each) => each + 1), `${kind}: log ${life} is read from its beginning, in order, once`));
      assert.deepEqual(logs[2].map(entry => entry.position), stored.map(entry => entry.position), kind);
      const own = stored.map(entry => entry.data).filter(data => data.startsWith(`${kind} `));
      assert.equal(new Set(own).size, own.length, `${kind}: nothing is stored twice in one log`);
      assert.ok(own.includes(`${kind} ${n}`), `${kind}: what was published last is stored`);
      const known = new Set(stored.map(entry => entry.position));
      const epoch = stored[0].position.split("-")[0];
      assert.ok(positions[at].filter(position => position.startsWith(epoch)).every(position => known.has(position)), `${kind}: what was promised is there`);
      godwit.close();
    });
    await proxy.remove();
    await server.stop();
  });
});
