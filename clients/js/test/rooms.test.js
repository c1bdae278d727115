import assert from "node:assert/strict";
import { test } from "node:test";
import { scene, watch } from "./support/scene.js";

const KINDS = ["websocket", "stream", "longpoll", "poll"];
const upTo = count => Array.from({ length: count }, (_, n) => n);

for (const kind of KINDS) {
  test(`${kind}: whoever is slow to take entries has them kept at the server, and gets every one`, async () => {
    const { time, server, godwit } = scene({ options: { transports: [kind] } });
    const room = godwit.join("lobby", { after: "start", buffer: 10 });
    const reading = room[Symbol.asyncIterator]();
    await time.advance(1000);
    const got = [];
    for (let n = 0; n < 200; n++) {
      server.publish("lobby", n);
      await time.advance(n % 10 === 0 ? 2000 : 10);
      if (n === 100) {
        assert.equal(room.state.name, "paused");
      }
    }
    for (let n = 0; n < 200; n++) {
      const next = reading.next();
      await time.advance(50);
      got.push((await Promise.race([next, time.advance(4000).then(() => next)])).value.data);
    }
    assert.deepEqual(got, upTo(200));
    assert.equal(godwit.counters.duplicates, 0);
  });

  test(`${kind}: a room that is paused goes on where it was`, async () => {
    const { time, server, godwit } = scene({ options: { transports: [kind] } });
    const room = godwit.join("lobby");
    const seen = watch(room);
    await time.advance(1000);
    for (let n = 0; n < 40; n++) {
      server.publish("lobby", n);
      if (n % 4 === 0) {
        room.pause();
      } else if (n % 4 === 2) {
        room.resume();
      }
      await time.advance(n % 3 * 7);
    }
    room.resume();
    await time.advance(5000);
    assert.deepEqual(seen.data, upTo(40));
    assert.equal(godwit.counters.duplicates, 0);
  });

  test(`${kind}: a room that is left and joined again begins anew, with nothing of before`, async () => {
    const { time, server, godwit } = scene({ options: { transports: [kind] } });
    let room = godwit.join("lobby");
    await time.advance(2000);
    for (let n = 0; n < 20; n++) {
      const old = watch(room);
      room.leave();
      server.publish("lobby", `before ${n}`);
      room = godwit.join("lobby");
      const seen = watch(room);
      await time.advance(4000);
      server.publish("lobby", n);
      await time.advance(4000);
      assert.deepEqual(seen.data.at(-1), n);
      assert.ok(seen.data.length <= 2);
      assert.deepEqual([old.data, old.states], [[], ["closed"]]);
    }
    assert.equal(godwit.counters.duplicates, 0);
  });

  test(`${kind}: history goes back from where the room began, without a hole or an overlap`, async () => {
    const { time, server, godwit } = scene({ options: { transports: [kind] } });
    upTo(25).forEach(n => server.publish("lobby", n));
    for (const last of [undefined, 3]) {
      const room = godwit.join("lobby", { last });
      const seen = watch(room);
      const pages = [];
      const paging = (async () => {
        for await (const page of room.history({ limit: 10 })) {
          pages.push(page.map(entry => entry.data));
        }
      })();
      await time.advance(10_000);
      await paging;
      assert.deepEqual([...pages.reverse().flat(), ...seen.data], upTo(25));
      room.leave();
      await time.advance(3000);
    }
  });
}

test("a room that is joined twice is one room, and left with the last leave", async () => {
  const { time, server, godwit } = scene();
  const [a, b] = [godwit.join("lobby"), godwit.join("lobby")];
  assert.equal(a, b);
  const seen = watch(a);
  await time.advance(1000);
  a.leave();
  server.publish("lobby", 1);
  await time.advance(1000);
  assert.deepEqual(seen.data, [1]);
  b.leave();
  assert.equal(a.state.name, "closed");
  await time.advance(100);
  assert.deepEqual(server.frames.at(-1).op, "leave");
});

test("a publish is stored once, however often its answer is lost", async () => {
  for (const kind of KINDS) {
    const { time, server, godwit } = scene({ options: { transports: [kind], backoff: { first: 50, most: 200 } } });
    const room = godwit.join("lobby");
    await time.advance(1000);
    const cuts = new Map();
    server.refusesPublish = frame => {
      server.publish("lobby", frame.data, frame);
      cuts.set(frame.data, (cuts.get(frame.data) ?? 0) + 1);
      if (cuts.get(frame.data) < 3) {
        server.cut();
        return kind === "websocket" ? null : { op: "error", id: frame.id, code: "store.away", title: "Away." };
      }
      return undefined;
    };
    const published = upTo(10).map(n => room.publish("message", n));
    await time.advance(120_000);
    assert.equal(new Set(await Promise.all(published)).size, 10, kind);
    assert.deepEqual(server.dataOf("lobby"), upTo(10), kind);
  }
});

test("a request is never repeated: who asked is told that nobody knows", async () => {
  const { time, server, godwit } = scene();
  const room = godwit.join("lobby");
  await time.advance(1000);
  await Promise.all([assert.rejects(room.request("roll", { sides: 6 }), { code: "request.unhandled" }), time.advance(1000)]);
  const answer = server.answer.bind(server);
  server.answer = frame => frame.op === "request" ? null : answer(frame);
  const lost = assert.rejects(room.request("roll", { sides: 6 }), { code: "outcome.unknown" });
  await time.advance(100);
  server.cut();
  await lost;
});

test("a listener that throws harms no other, and no promise is left unhandled", async () => {
  const { time, server, godwit } = scene();
  const room = godwit.join("lobby");
  const told = [];
  const error = console.error;
  console.error = fault => told.push(fault.message);
  try {
    room.on("entry", () => {
      throw new Error("mine");
    });
    const seen = watch(room);
    await time.advance(1000);
    server.publish("lobby", 1);
    await time.advance(1000);
    assert.deepEqual([seen.data, told], [[1], ["mine"]]);
  } finally {
    console.error = error;
  }
});

test("leaving in the middle of a batch ends it there", async () => {
  for (const kind of KINDS) {
    const { time, server, godwit } = scene({ options: { transports: [kind] } });
    upTo(10).forEach(n => server.publish("lobby", n));
    const room = godwit.join("lobby", { after: "start" });
    const got = [];
    room.on("entry", entry => {
      got.push(entry.data);
      if (got.length === 3) {
        room.leave();
      }
    });
    await time.advance(5000);
    assert.deepEqual(got, [0, 1, 2], kind);
  }
});
