import assert from "node:assert/strict";
import { test } from "node:test";
import { scene, watch } from "./support/scene.js";

const LATEST = { delivery: "latest" };

/** A scene in which a room of which only the newest matters is read. */
async function lossyScene(options, join = LATEST) {
  const all = scene({ options });
  const room = all.godwit.join("cursors", join);
  const seen = watch(room);
  seen.lossy = [];
  room.on("lossy", lossy => seen.lossy.push(lossy));
  await all.time.advance(1000);
  const publish = async (from, to, every = 50) => {
    for (let n = from; n < to; n++) {
      all.server.publish("cursors", n);
      await all.time.advance(every);
    }
  };
  return { ...all, room, seen, publish, ops: op => all.server.frames.filter(frame => frame.op === op) };
}

const rises = data => data.every((each, n) => n === 0 || each > data[n - 1]);

test("`latest` is asked for on every transport", async () => {
  for (const transport of ["datachannel", "websocket"]) {
    const { ops } = await lossyScene({ transport, lossy: false });
    assert.deepEqual(ops("join").map(({ room, delivery }) => [room, delivery]), [["cursors", "latest"]]);
  }
});

for (const [where, options] of [["a session over a data channel", { transport: "datachannel" }], ["a peer beside a WebSocket", {}]]) {
  test(`over ${where}: what is lost is not waited for, what is late is dropped, and what was said last comes in any case`, async () => {
    const { server, godwit, time, room, seen, publish } = await lossyScene(options);
    assert.equal(room.lossy, true);
    // The first comes over the reliable channel; then every third is lost, every fourth is late.
    server.fate = ({ data }) => data % 3 === 0 || data === 99 ? null : data % 4 === 1 ? 180 : 5;
    await publish(0, 100);
    await time.advance(200);
    assert.ok(rises(seen.data), seen.data.join());
    const due = Array.from({ length: 99 }, (_, n) => n).filter(n => n === 0 || (n % 3 !== 0 && n % 4 !== 1));
    assert.deepEqual(seen.data, due);
    assert.equal(godwit.counters.late, Array.from({ length: 99 }, (_, n) => n).filter(n => n > 1 && n % 3 !== 0 && n % 4 === 1).length + 1);
    assert.equal(godwit.counters.duplicates, 0);
    await time.advance(1500);
    assert.equal(seen.data.at(-1), 99, "the last one was lost, and asked for when all was quiet");
    assert.equal(room.position, `fakeepoch00-100-000000`);
    server.fate = () => null;
    await publish(100, 103);
    await time.advance(16_000);
    assert.deepEqual(seen.data.slice(-2), [99, 102], "nothing arrives at all, and it is asked for now and again");
  });
}

test("a late entry of a log that is no more is dropped, and does not keep the new one's out", async () => {
  const { server, time, seen, publish } = await lossyScene({ transport: "datachannel" });
  await publish(0, 50);
  const [peer] = server.peers;
  const say = (label, frame) => peer.channels.get(label).onmessage({ data: JSON.stringify(frame) + (label === "reliable" ? "\n" : "") });
  const entry = (epoch, offset) => ({ op: "entry", room: "cursors", position: `${epoch}-${offset}-000000`, offset, event: "message", data: `${epoch} ${offset}`, time: 0 });
  say("lossy", entry("otherepoch0", 7));
  say("reliable", { op: "reset", room: "cursors", position: "otherepoch0-6-000000" });
  say("lossy", entry("fakeepoch00", 60));
  say("lossy", entry("otherepoch0", 6));
  say("reliable", entry("otherepoch0", 7));
  say("lossy", entry("otherepoch0", 9));
  say("lossy", entry("otherepoch0", 8));
  say("lossy", { op: "left", room: "cursors" });
  say("lossy", "}");
  say("lossy", entry("otherepoch0", 10));
  await time.advance(10);
  assert.deepEqual([seen.resets, seen.data.slice(50)], [1, ["otherepoch0 7", "otherepoch0 9", "otherepoch0 10"]]);
});

test("beside a WebSocket only such rooms go over the peer, and the WebSocket reads them no more", async () => {
  const { server, godwit, time, seen, publish, ops } = await lossyScene({});
  const lobby = watch(godwit.join("lobby"));
  await publish(0, 10);
  const published = godwit.publish("cursors", "message", 10);
  server.publish("lobby", "hello");
  await time.advance(1000);
  await published;
  assert.deepEqual([seen.data, lobby.data], [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], ["hello"]]);
  assert.equal(godwit.transport, "websocket");
  assert.deepEqual(server.attempts.map(attempt => attempt.kind), ["websocket", "datachannel"]);
  assert.deepEqual([ops("join").map(frame => frame.room), ops("leave").map(frame => frame.room)], [["cursors", "cursors", "lobby"], ["cursors"]]);
  assert.deepEqual(seen.states, ["open"], "nobody notices");
  // Another one is joined where it is to be read from the start.
  const others = godwit.join("others", LATEST);
  const other = watch(others);
  await time.advance(1000);
  assert.equal(ops("join").filter(frame => frame.room === "others").length, 1);
  server.publish("others", 1);
  await time.advance(100);
  assert.deepEqual(other.data, [1]);
  assert.equal(server.peers.length, 1);
  // It is left, and the peer is told.
  godwit.join("others", LATEST);
  others.leave();
  others.leave();
  await time.advance(100);
  assert.deepEqual(ops("leave").map(frame => frame.room), ["cursors", "others"]);
});

for (const dataChannel of ["unoffered", "unknown", "blocked"]) {
  test(`where data channels are ${dataChannel} such rooms stay where they are, and offers are seldom`, async () => {
    const all = scene();
    all.server.dataChannel = dataChannel;
    const room = all.godwit.join("cursors", { ...LATEST, after: "start" });
    const seen = watch(room);
    for (let n = 0; n < 280; n++) {
      all.server.publish("cursors", n);
      await all.time.advance(1000);
    }
    assert.deepEqual(seen.data, Array.from({ length: 280 }, (_, n) => n));
    assert.deepEqual([room.lossy, all.godwit.transport, seen.states, all.states], [false, "websocket", ["open"], ["connecting", "open"]]);
    assert.equal(all.server.attempts.filter(attempt => attempt.kind === "datachannel").length, 1);
    all.server.dataChannel = "ok";
    await all.time.advance(700_000);
    assert.equal(room.lossy, true);
  });
}

test("a server that has data channels and none that loses what is late keeps such rooms on the connection", async () => {
  const all = scene();
  all.server.lossy = false;
  const room = all.godwit.join("cursors", { ...LATEST, after: "start" });
  const seen = watch(room);
  for (let n = 0; n < 20; n++) {
    all.server.publish("cursors", n);
    await all.time.advance(1000);
  }
  assert.deepEqual([seen.data, room.lossy, all.server.live], [Array.from({ length: 20 }, (_, n) => n), false, 1]);
});

for (const [why, ends] of [["is closed", peer => peer.die()], ["falls silent", peer => peer.fall(true)]]) {
  test(`a peer beside that ${why} hands its rooms back, and is there again later`, async () => {
    const { server, time, room, seen, publish } = await lossyScene({});
    await publish(0, 20);
    ends(server.peers[0]);
    const begin = seen.data.length;
    await publish(20, 60, 500);
    assert.ok(rises(seen.data) && seen.data.at(-1) === 59, seen.data.join());
    assert.ok(begin === 20);
    await time.advance(130_000);
    assert.equal(room.lossy, true);
    assert.equal(server.peers.length, 2);
    assert.deepEqual(seen.lossy.slice(0, 3), [true, false, true]);
    assert.deepEqual(seen.states, ["open", "joining", "open"]);
  });
}

test("a connection that is lost leaves the peer beside it reading", async () => {
  const { server, godwit, time, seen, publish, states } = await lossyScene({});
  await publish(0, 10);
  [...server.sockets].forEach(socket => socket.die());
  server.webSocket = "refused";
  await time.advance(10);
  assert.equal(godwit.state.name, "waiting");
  await publish(10, 20, 10);
  assert.deepEqual(seen.data, Array.from({ length: 20 }, (_, n) => n));
  assert.deepEqual(seen.states, ["open"]);
  await time.advance(30_000);
  assert.equal(states.at(-1), "open");
  server.publish("cursors", 20);
  await time.advance(3000);
  assert.equal(seen.data.at(-1), 20);
});

test("leaving, pausing, cutting and closing end what they should", async () => {
  const { server, godwit, time, room, seen, publish } = await lossyScene({});
  await publish(0, 5);
  room.pause();
  await time.advance(100);
  assert.deepEqual([room.lossy, room.state.name], [false, "paused"]);
  await publish(5, 8);
  room.resume();
  await time.advance(100);
  assert.deepEqual([seen.data.at(-1), room.lossy, room.state.name], [7, true, "open"]);
  godwit.disconnect();
  assert.deepEqual([room.lossy, server.live], [false, 0]);
  await publish(8, 9);
  godwit.connect();
  await time.advance(1000);
  assert.deepEqual([seen.data.at(-1), room.lossy], [8, true]);
  room.leave();
  await time.advance(11_000);
  assert.equal(server.live, 1, "a peer without rooms is not kept");
  godwit.join("cursors", LATEST);
  await time.advance(1000);
  assert.equal(server.live, 2);
  godwit.close();
  assert.deepEqual([server.live, time.timers], [0, 0]);
});

test("no peer is made where the page says so, where other transports alone may be used, or with tickets", async () => {
  for (const options of [{ lossy: false }, { transports: ["websocket"] }, { ticket: () => "gt_1" }]) {
    const { server } = await lossyScene(options);
    assert.deepEqual(server.attempts.map(attempt => attempt.kind), ["websocket"]);
  }
  for (const options of [{ transports: ["websocket"], lossy: true }, { transports: ["websocket", "datachannel"] }]) {
    const { room } = await lossyScene(options);
    assert.equal(room.lossy, true);
  }
});

test("a token that is replaced is replaced on the peer beside as well", async () => {
  let asked = 0;
  const all = scene({ options: { token: () => `token ${asked++}` } });
  all.server.expires = all.time.now() + 90_000;
  all.godwit.join("cursors", LATEST);
  await all.time.advance(1000);
  all.server.expires = all.time.now() + 3_600_000;
  const before = all.server.shown.length;
  await all.time.advance(60_000);
  assert.deepEqual(all.server.shown.slice(before), ["token 1", "token 1"]);
});

test("a session that climbs to a data channel needs no peer beside it", async () => {
  const { server, godwit, time, room, seen, publish } = await lossyScene({ transports: ["datachannel", "websocket"] });
  assert.equal(godwit.transport, "datachannel");
  server.dataChannel = "blocked";
  server.peers[0].die();
  await time.advance(20_000);
  assert.equal(godwit.transport, "websocket");
  server.dataChannel = "ok";
  await publish(0, 200, 1000);
  assert.deepEqual([godwit.transport, room.lossy, server.live], ["datachannel", true, 1]);
  assert.ok(rises(seen.data) && seen.data.at(-1) === 199);
});
