import assert from "node:assert/strict";
import { test } from "node:test";
import { GodwitError } from "../client.js";
import { scene, watch } from "./support/scene.js";

const FALLS = { transport: "datachannel" };

const kinds = server => server.attempts.map(attempt => attempt.kind);

test("a session goes over a data channel, with one request, both ways, however its lines are cut", async () => {
  const { time, server, godwit, states, transports } = scene({ options: FALLS });
  const room = godwit.join("lobby");
  const seen = watch(room);
  const published = room.publish("message", "hello");
  await time.advance(1000);
  assert.match(await published, /-1-/);
  server.publish("lobby", "from elsewhere");
  await time.advance(1000);
  assert.deepEqual(seen.data, ["hello", "from elsewhere"]);
  assert.deepEqual([states, transports, kinds(server)], [["connecting", "open"], ["datachannel"], ["datachannel"]]);
  assert.equal(godwit.roundTrip, 10);
  const [{ how, label }] = server.peers[0].channels.values();
  assert.deepEqual([label, how], ["reliable", {}]);
  godwit.close();
  assert.equal(server.live, 0, "the peer is closed");
});

test("the token is shown with the offer, and never in the first frame", async () => {
  const { time, server, godwit } = scene({ options: { ...FALLS, token: "secret" } });
  godwit.connect();
  await time.advance(1000);
  assert.deepEqual(server.shown, ["secret", undefined]);
});

for (const [why, dataChannel, most] of [
  ["the server has none (501)", "unoffered", 100],
  ["the server has never heard of them (415)", "unknown", 100],
  ["something in between knows no such request (404)", "missing", 100],
  ["what answers the offer is no such server", "foreign", 100],
  ["UDP is blocked", "blocked", 4200],
  ["UDP is blocked, and the browser says so", "failed", 2200],
]) {
  test(`where ${why} the next transport is taken at once, and everything arrives once`, async () => {
    const { time, server, godwit, states } = scene({ options: FALLS });
    server.dataChannel = dataChannel;
    const room = godwit.join("lobby", { after: "start" });
    const seen = watch(room);
    const published = room.publish("message", 0);
    await time.advance(most);
    assert.equal(godwit.transport, "websocket");
    assert.deepEqual(states, ["connecting", "open"], "nothing is waited for");
    await published;
    for (let n = 1; n < 60; n++) {
      server.publish("lobby", n);
      await time.advance(1000);
    }
    assert.deepEqual(seen.data, Array.from({ length: 60 }, (_, n) => n));
    assert.equal(godwit.counters.duplicates, 0);
    assert.equal(godwit.transport, "websocket");
    const tried = kinds(server).filter(kind => kind === "datachannel").length;
    assert.ok(tried >= 2 && tried <= 4, `${tried} offers in a minute`);
    assert.deepEqual(states, ["connecting", "open"], "that it is tried again nobody notices");
  });
}

test("where the platform has no peers, and with other transports beside it, all goes on without", async () => {
  const none = scene({ options: FALLS, environment: { RTCPeerConnection: undefined } });
  none.godwit.connect();
  await none.time.advance(1000);
  assert.deepEqual([none.godwit.transport, kinds(none.server)], ["websocket", ["websocket"]]);
  assert.throws(() => scene({ options: { transports: ["datachannel"] }, environment: { RTCPeerConnection: undefined } }), { code: "transport.none" });
  const broken = scene({ options: FALLS, environment: { RTCPeerConnection: class { constructor() { throw new Error("not allowed"); } } } });
  broken.godwit.connect();
  await broken.time.advance(1000);
  assert.equal(broken.godwit.transport, "websocket");
});

test("where it alone may be used, it is tried again and again, and the state says why", async () => {
  const { time, server, godwit } = scene({ options: { transports: ["datachannel"] } });
  server.dataChannel = "unoffered";
  godwit.connect();
  await time.advance(20_000);
  assert.equal(godwit.state.code, "webrtc.unconfigured");
  server.dataChannel = "ok";
  await time.advance(40_000);
  assert.deepEqual([godwit.state.name, godwit.transport], ["open", "datachannel"]);
});

for (const [why, ends] of [
  ["is closed by the server", peer => peer.die()],
  ["is cut, which the browser tells", peer => peer.fall(false)],
  ["is cut, and nothing tells so", peer => peer.fall(true)],
]) {
  test(`a peer that ${why}, where UDP is blocked from then on, is left for the ladder: nothing is lost, nothing comes twice`, async () => {
    const { time, server, godwit } = scene({ options: FALLS });
    const room = godwit.join("lobby", { after: "start" });
    const seen = watch(room);
    const own = [];
    for (let n = 0; n < 90; n++) {
      if (n === 20) {
        server.dataChannel = "blocked";
        ends(server.peers[0]);
      }
      server.publish("lobby", n);
      own.push(room.publish("message", `own ${n}`));
      await time.advance(1000);
    }
    await time.advance(5000);
    await Promise.all(own);
    assert.equal(godwit.transport, "websocket");
    assert.deepEqual(seen.data, server.dataOf("lobby"));
    assert.equal(seen.data.length, 180);
    assert.equal(godwit.counters.duplicates, 0);
  });
}

test("a peer that dies young twice is not taken for a while; one that works again takes over", async () => {
  const { time, server, godwit } = scene({ options: FALLS });
  server.dataChannel = 2000;
  const seen = watch(godwit.join("lobby", { after: "start" }));
  let n = 0;
  const goOn = async seconds => {
    for (const end = n + seconds; n < end; n++) {
      server.publish("lobby", n);
      await time.advance(1000);
    }
  };
  await goOn(20);
  assert.equal(godwit.transport, "websocket");
  server.dataChannel = "ok";
  await goOn(120);
  assert.equal(godwit.transport, "datachannel");
  assert.deepEqual(seen.data, Array.from({ length: n }, (_, each) => each));
  assert.equal(server.live, 1, "the connection of before is closed");
});

test("the next page begins with what worked, and pages without data channels do not go by that", async () => {
  const contents = new Map();
  const store = { getItem: key => contents.get(key) ?? null, setItem: (key, value) => contents.set(key, value), removeItem: key => contents.delete(key) };
  const blocked = scene({ options: FALLS, environment: { store } });
  blocked.server.dataChannel = "blocked";
  blocked.godwit.connect();
  await blocked.time.advance(60_000);
  const next = scene({ options: FALLS, environment: { store } });
  next.godwit.connect();
  await next.time.advance(1000);
  assert.deepEqual(kinds(next.server), ["websocket"]);
  const plain = scene({ environment: { store } });
  plain.godwit.connect();
  await plain.time.advance(30_000);
  assert.deepEqual([plain.godwit.transport, [...contents.keys()].length], ["websocket", 2]);
});

test("a publish that is refused, and the channel that closes then, are two things", async () => {
  const { time, server, godwit } = scene({ options: FALLS });
  server.refusesPublish = ({ id, room }) => ({ op: "error", id, room, code: "entry.too_large", title: "It is too large." });
  const published = godwit.publish("lobby", "message", 1);
  const refused = assert.rejects(published, { code: "entry.too_large" });
  await time.advance(1000);
  await refused;
  server.peers[0].die();
  await time.advance(5000);
  assert.deepEqual([godwit.state.name, godwit.transport], ["open", "datachannel"]);
});

test("what the server says last is why it closes", async () => {
  const { time, server, godwit } = scene({ options: FALLS });
  godwit.connect();
  await time.advance(1000);
  server.say({ op: "error", code: "admin.disconnected", title: "The administration ended it." });
  await time.advance(100);
  server.peers[0].die();
  await time.advance(100);
  assert.deepEqual([godwit.state.name, godwit.state.code], ["closed", "admin.disconnected"]);
});

test("a refused credential is replaced once, and then ends the client", async () => {
  let asked = 0;
  const { time, server, godwit } = scene({ options: { ...FALLS, token: () => `token ${asked++}` } });
  server.problem = { status: 401, code: "token.expired" };
  godwit.connect();
  await time.advance(30_000);
  assert.deepEqual([godwit.state.name, godwit.state.code, asked], ["closed", "token.expired", 2]);
});

test("never more frames are ahead of their answers than the server takes, and those that are too large take another way, in order", async () => {
  const { time, server, godwit } = scene({ options: { ...FALLS, outbox: 1000 } });
  godwit.connect();
  await time.advance(1000);
  let ahead = 0;
  let most = 0;
  const [peer] = server.peers;
  const channel = peer.channels.get("reliable");
  const { send } = channel;
  channel.send = text => {
    most = Math.max(most, ++ahead);
    send.call(channel, text);
  };
  const { take } = peer;
  peer.take = frame => {
    ahead--;
    take.call(peer, frame);
  };
  const published = Array.from({ length: 900 }, (_, n) => godwit.publish("lobby", "message", n % 300 === 299 ? `${n} ${"x".repeat(300_000)}` : `${n}`));
  await time.advance(60_000);
  await Promise.all(published);
  assert.deepEqual(server.dataOf("lobby").map(text => Number.parseInt(text)), Array.from({ length: 900 }, (_, n) => n));
  assert.ok(most <= 256, `${most} frames`);
  assert.equal(godwit.transport, "datachannel");
});

test("options that do not go together are told at once", () => {
  const fails = (options, code) => assert.throws(() => scene({ options }), fault => fault instanceof GodwitError && fault.code === code && fault.message.length > 20);
  fails({ transport: "pigeon" }, "option.invalid");
  fails({ lossy: "yes" }, "option.invalid");
  fails({ transport: "poll", transports: ["poll"] }, "parameter.conflict");
  for (const options of [{ transport: "datachannel" }, { transports: ["websocket", "datachannel"] }, { lossy: true }]) {
    fails({ ...options, ticket: () => "gt_1" }, "parameter.conflict");
  }
});

test("any transport can be the one to begin with, and the rest is behind it", async () => {
  const { time, server, godwit } = scene({ options: { transport: "stream" } });
  server.stream = "buffered";
  godwit.join("lobby");
  await time.advance(60_000);
  assert.equal(godwit.transport, "longpoll");
  assert.ok(!kinds(server).includes("websocket"));
});
