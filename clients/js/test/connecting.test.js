import assert from "node:assert/strict";
import { test } from "node:test";
import { scene, watch } from "./support/scene.js";

/** Publishes from elsewhere and lets the client get it. */
async function publish({ server, time }, data) {
  server.publish("lobby", data);
  await time.advance(2500);
}

const kinds = server => server.attempts.map(attempt => attempt.kind);

test("a client connects by WebSocket, with one request, and joins and publishes over it", async () => {
  const { time, server, godwit, states, transports } = scene();
  assert.equal(godwit.state.name, "idle");
  const room = godwit.join("lobby");
  const seen = watch(room);
  const published = room.publish("message", "hello");
  await time.advance(1000);
  assert.match(await published, /-1-/);
  assert.deepEqual(seen.data, ["hello"]);
  assert.deepEqual(states, ["connecting", "open"]);
  assert.deepEqual(transports, ["websocket"]);
  assert.deepEqual(kinds(server), ["websocket"]);
  assert.equal(godwit.counters.requests, 1);
  assert.equal(godwit.roundTrip, 10);
});

test("many rooms share one connection, and those that are joined together are asked for together", async () => {
  for (const kind of ["websocket", "stream", "longpoll"]) {
    const { time, server, godwit } = scene({ options: { transports: [kind] } });
    const seen = ["a", "b", "c"].map(name => watch(godwit.join(name)));
    await time.advance(1000);
    ["a", "b", "c"].forEach(name => server.publish(name, name));
    await time.advance(1000);
    assert.deepEqual(seen.map(each => each.data), [["a"], ["b"], ["c"]], kind);
    assert.ok(server.attempts.length <= 3, `${kind}: ${server.attempts.length} requests`);
  }
});

for (const [why, set, expected] of [
  ["a WebSocket is refused", { webSocket: "refused" }, "stream"],
  ["a WebSocket hangs while it opens", { webSocket: "hangs" }, "stream"],
  ["a WebSocket opens and shows nothing", { webSocket: "mute" }, "stream"],
  ["a WebSocket opens and dies, again and again", { webSocket: 3000 }, "stream"],
  ["streams are buffered", { webSocket: "refused", stream: "buffered" }, "longpoll"],
  ["streams are cut", { webSocket: "refused", stream: 2000 }, "longpoll"],
  ["held answers are cut", { webSocket: "refused", stream: "buffered", held: 1500 }, "poll"],
]) {
  test(`where ${why} the client falls back to ${expected}, and everything arrives once`, async () => {
    const fake = scene();
    Object.assign(fake.server, set);
    const seen = watch(fake.godwit.join("lobby", { after: "start" }));
    for (let n = 0; n < 30; n++) {
      await publish(fake, n);
    }
    assert.equal(fake.godwit.transport, expected);
    await fake.time.advance(5000);
    assert.deepEqual(seen.data, Array.from({ length: 30 }, (_, n) => n));
    assert.equal(fake.godwit.counters.duplicates, 0);
  });
}

test("a WebSocket that goes through again takes over, and no reader notices", async () => {
  const fake = scene();
  fake.server.webSocket = "refused";
  fake.server.stream = "buffered";
  const room = fake.godwit.join("lobby");
  const seen = watch(room);
  await fake.time.advance(30_000);
  assert.equal(fake.godwit.transport, "longpoll");
  const [states, roomStates] = [fake.states.length, seen.states.length];
  fake.server.webSocket = "ok";
  const pending = [];
  for (let n = 0; n < 60; n++) {
    fake.server.publish("lobby", n);
    pending.push(room.publish("message", `own ${n}`));
    await fake.time.advance(1000);
  }
  assert.equal(fake.godwit.transport, "websocket");
  assert.equal(fake.states.length, states, `the state changed: ${fake.states.slice(states)}`);
  assert.equal(seen.states.length, roomStates);
  await Promise.all(pending);
  assert.deepEqual(seen.data.filter(data => typeof data === "number"), Array.from({ length: 60 }, (_, n) => n));
  assert.deepEqual(fake.server.dataOf("lobby"), seen.data);
  assert.equal(fake.godwit.counters.duplicates, 0);
  assert.equal(fake.server.live, 1, "the connection of before is closed");
});

test("every better transport is tried again, ever more seldom", async () => {
  const fake = scene();
  Object.assign(fake.server, { webSocket: "refused", stream: "buffered", held: 3000 });
  fake.godwit.join("lobby");
  await fake.time.advance(60_000);
  fake.server.attempts.length = 0;
  await fake.time.advance(3_600_000);
  const tried = kind => fake.server.attempts.filter(attempt => attempt.kind === kind).length;
  for (const kind of ["websocket", "stream", "longpoll"]) {
    assert.ok(tried(kind) >= 8 && tried(kind) <= 25, `${kind} was tried ${tried(kind)} times in an hour`);
  }
  fake.server.held = "ok";
  await fake.time.advance(800_000);
  assert.equal(fake.godwit.transport, "longpoll", "one rung up is better than none");
});

test("while nothing can be reached there is one attempt for each wait, and waits grow to half a minute", async () => {
  const fake = scene();
  const seen = watch(fake.godwit.join("lobby"));
  await fake.time.advance(20_000);
  fake.server.up = false;
  fake.server.cut();
  fake.server.attempts.length = 0;
  const waits = fake.states.length;
  await fake.time.advance(600_000);
  const waited = fake.states.slice(waits).filter(name => name === "waiting").length;
  assert.ok(fake.server.attempts.length <= waited, `${fake.server.attempts.length} attempts in ${waited} waits`);
  assert.ok(fake.server.attempts.length <= 80, `${fake.server.attempts.length} attempts in ten minutes`);
  const published = fake.godwit.publish("lobby", "message", "at last");
  fake.server.up = true;
  await fake.time.advance(61_000);
  assert.equal(fake.godwit.state.name, "open");
  await published;
  assert.deepEqual(seen.data, ["at last"]);
  assert.deepEqual(fake.godwit.transport, "websocket", "that nothing could be reached says nothing about WebSocket");
});

test("a connection that never lives long does not reset the waits", async () => {
  const fake = scene({ options: { transports: ["websocket"] } });
  fake.server.webSocket = 500;
  fake.godwit.join("lobby");
  await fake.time.advance(600_000);
  assert.ok(fake.server.attempts.length < 80, `${fake.server.attempts.length} attempts in ten minutes`);
});

test("drops one after the other, while catching up and before the first entry: all is got, once", async () => {
  const fake = scene({ options: { backoff: { first: 100, most: 500 } } });
  const seen = watch(fake.godwit.join("lobby", { after: "start" }));
  for (let n = 0; n < 200; n++) {
    fake.server.publish("lobby", n);
    fake.server.cut();
    await fake.time.advance(fake.time.random() * 300);
  }
  await fake.time.advance(5000);
  assert.deepEqual(seen.data, Array.from({ length: 200 }, (_, n) => n));
  assert.equal(fake.godwit.counters.duplicates, 0);
  assert.equal(seen.resets + seen.gaps.length, 0);
});

test("a server that stops is left for another connection before it closes this one", async () => {
  const fake = scene();
  const seen = watch(fake.godwit.join("lobby"));
  await fake.time.advance(20_000);
  const states = fake.states.length;
  fake.server.say({ op: "drain", closes: 8000, back: 3000 });
  await fake.time.advance(2000);
  assert.equal(kinds(fake.server).length, 1, "not before it is told to come back");
  for (let n = 0; n < 5; n++) {
    fake.server.publish("lobby", n);
    await fake.time.advance(1000);
  }
  assert.equal(kinds(fake.server).length, 2);
  assert.equal(fake.states.length, states);
  assert.deepEqual(seen.data, [0, 1, 2, 3, 4]);
  assert.equal(fake.godwit.counters.duplicates, 0);
});

test("Retry-After is obeyed", async () => {
  const fake = scene({ options: { transports: ["poll"] } });
  fake.server.problem = { status: 503, code: "server.overloaded", title: "Full.", retry: 7000 };
  fake.godwit.join("lobby");
  await fake.time.advance(60_000);
  const gaps = fake.server.attempts.slice(1).map((attempt, n) => attempt.at - fake.server.attempts[n].at);
  assert.ok(gaps.length > 2 && gaps.every(gap => gap >= 7000), gaps.join());
  assert.equal(fake.godwit.state.code, "server.overloaded");
});

test("short polls come at the pace that the server suggests, or the page", async () => {
  for (const [options, pace] of [[{}, 1500], [{ pollInterval: 5000 }, 5000]]) {
    const fake = scene({ options: { transports: ["poll"], ...options } });
    fake.godwit.join("lobby");
    await fake.time.advance(30_000);
    const gaps = fake.server.attempts.slice(2).map((attempt, n) => attempt.at - fake.server.attempts[n + 1].at);
    assert.ok(gaps.every(gap => gap >= pace && gap < pace + 50), gaps.join());
  }
});

test("what the server refuses for good ends it: rooms and publishes are told why, and nothing more is asked", async () => {
  const fake = scene();
  fake.server.problem = { status: 401, code: "access.unconfigured", title: "Access is not configured." };
  const room = fake.godwit.join("lobby");
  const seen = watch(room);
  const reading = room[Symbol.asyncIterator]().next();
  const published = room.publish("message", 1);
  const outcomes = Promise.allSettled([reading, published]);
  await fake.time.advance(20_000);
  assert.deepEqual((await outcomes).map(outcome => outcome.reason?.code), ["access.unconfigured", "access.unconfigured"]);
  assert.deepEqual(fake.godwit.state, { name: "closed", code: "access.unconfigured", why: "Access is not configured." });
  assert.deepEqual(seen.states, ["closed"]);
  const { length } = fake.server.attempts;
  await assert.rejects(fake.godwit.publish("lobby", "message", 1), { code: "access.unconfigured" });
  await fake.time.advance(600_000);
  assert.equal(fake.server.attempts.length, length);
  fake.server.problem = null;
  fake.godwit.connect();
  const again = watch(fake.godwit.join("lobby"));
  await fake.time.advance(20_000);
  fake.server.publish("lobby", "after all");
  await fake.time.advance(1000);
  assert.deepEqual(again.data, ["after all"]);
});

test("an address where something else answers is said to be that, and asked seldom", async () => {
  const fake = scene({ environment: { fetch: async () => new Response("<h1>Not found</h1>", { status: 404 }) } });
  fake.server.webSocket = "refused";
  fake.godwit.join("lobby");
  await fake.time.advance(60_000);
  assert.equal(fake.godwit.state.name === "waiting" || fake.godwit.state.name === "connecting", true);
  const codes = new Set();
  fake.godwit.on("state", state => codes.add(state.code));
  await fake.time.advance(120_000);
  assert.ok(codes.has("answer.foreign"), [...codes].join());
});
