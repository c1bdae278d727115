import assert from "node:assert/strict";
import { test } from "node:test";
import { scene, watch } from "./support/scene.js";

const SCHEDULES = Number(process.env.GODWIT_SCHEDULES ?? 60);

// Everything that a network does, in any order, at any moment; the seed says which.
const FAULTS = [
  ({ server }) => server.cut(),
  ({ server }) => { server.webSocket = "refused"; },
  ({ server }) => { server.webSocket = "mute"; },
  ({ server, time }) => { server.webSocket = 50 + time.random() * 5000; },
  ({ server }) => { server.webSocket = "ok"; },
  ({ server }) => { server.stream = "buffered"; },
  ({ server, time }) => { server.stream = 50 + time.random() * 5000; },
  ({ server }) => { server.stream = "ok"; },
  ({ server, time }) => { server.held = 100 + time.random() * 5000; },
  ({ server }) => { server.held = "ok"; },
  ({ server }) => { server.dataChannel = "blocked"; },
  ({ server }) => { server.dataChannel = "unoffered"; },
  ({ server, time }) => { server.dataChannel = 50 + time.random() * 5000; },
  ({ server }) => { server.dataChannel = "ok"; },
  ({ server, time }) => server.peers.forEach(peer => peer.fall(time.random() < 0.5)),
  ({ server, time }) => { server.fate = () => time.random() < 0.3 ? null : time.random() * 500; },
  ({ server }) => { server.fate = () => null; },
  ({ server }) => { server.lossy = !server.lossy; },
  ({ server }) => { server.up = false; server.cut(); },
  ({ server }) => { server.up = true; },
  ({ server, time }) => server.say({ op: "drain", closes: 3000, back: time.random() * 2000 }),
  ({ godwit }) => { godwit.disconnect(); godwit.connect(); },
  ({ room }) => { room.pause(); },
  ({ room }) => { room.resume(); },
  ({ page }) => page.dispatchEvent(new Event("online")),
  ({ page }) => { page.dispatchEvent(new Event("pagehide")); page.dispatchEvent(new Event("pageshow")); },
  ({ time }) => time.sleep(time.random() * 120_000),
];

test(`${SCHEDULES} random schedules of faults: every entry once and in order, every publish once, and nothing for the filter to drop; of a room of which only the newest entry matters none behind a newer one, and the last`, { timeout: 120_000 }, async () => {
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const page = new EventTarget();
    const fake = scene({ seed, environment: { page }, options: { publishFor: 3_600_000, backoff: { first: 200, most: 5000 }, transport: seed % 2 ? "websocket" : "datachannel" } });
    const room = fake.godwit.join("lobby");
    const seen = watch(room);
    const newest = watch(fake.godwit.join("newest", { delivery: "latest" }));
    const setting = { ...fake, page, room };
    await fake.time.advance(2000);
    const published = [];
    for (let step = 0; step < 40; step++) {
      if (fake.time.random() < 0.5) {
        await FAULTS[Math.floor(fake.time.random() * FAULTS.length)](setting);
      }
      fake.server.publish("lobby", `other ${step}`);
      fake.server.publish("newest", step);
      published.push(room.publish("message", `own ${step}`));
      await fake.time.advance(fake.time.random() * 3000);
    }
    Object.assign(fake.server, { up: true, webSocket: "ok", stream: "ok", held: "ok", dataChannel: "ok" });
    room.resume();
    await fake.time.advance(120_000);
    const positions = await Promise.all(published);
    const stored = fake.server.dataOf("lobby");
    assert.deepEqual(seen.data, stored, `seed ${seed}: what was read is what was stored`);
    assert.equal(stored.length, 80, `seed ${seed}: each publish once`);
    assert.equal(new Set(positions).size, 40, `seed ${seed}`);
    assert.deepEqual(stored.filter(data => data.startsWith("own")), Array.from({ length: 40 }, (_, n) => `own ${n}`), `seed ${seed}: in the order published`);
    assert.ok(newest.data.every((data, n) => n === 0 || data > newest.data[n - 1]) && newest.data.at(-1) === 39, `seed ${seed}: ${newest.data}`);
    assert.deepEqual([fake.godwit.counters.duplicates, seen.resets, seen.gaps.length], [0, 0, 0], `seed ${seed}`);
    fake.godwit.close();
  }
});
