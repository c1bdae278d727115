import assert from "node:assert/strict";
import { test } from "node:test";
import { Pulse } from "../client/pulse.js";
import { FakeTime } from "./support/fake-time.js";

function pulseOf() {
  const time = new FakeTime();
  const seen = { asked: 0, dead: 0 };
  const pulse = new Pulse(time.environment(), { quiet: () => 25_000, ask: () => seen.asked++, dead: () => seen.dead++ });
  return { time, seen, pulse };
}

test("a connection that is heard of is left alone", async () => {
  const { time, seen, pulse } = pulseOf();
  for (let n = 0; n < 10; n++) {
    await time.advance(20_000);
    pulse.heard();
  }
  assert.deepEqual(seen, { asked: 0, dead: 0 });
});

test("silence is asked about, and only silence after that is death", async () => {
  const { time, seen, pulse } = pulseOf();
  await time.advance(25_000);
  assert.deepEqual(seen, { asked: 1, dead: 0 });
  pulse.heard();
  await time.advance(34_000);
  assert.deepEqual(seen, { asked: 2, dead: 0 });
  await time.advance(1001);
  assert.deepEqual(seen, { asked: 2, dead: 1 });
});

test("a page that slept for an hour asks before it judges", async () => {
  const { time, seen, pulse } = pulseOf();
  await time.advance(25_000);
  await time.sleep(3_600_000);
  assert.deepEqual(seen, { asked: 2, dead: 0 }, "the timer was late, so what has arrived is not read yet");
  pulse.heard();
  await time.advance(10_000);
  assert.equal(seen.dead, 0);
});

test("in a background tab, where timers run once a minute, nothing that lives is given up", async () => {
  const { time, seen, pulse } = pulseOf();
  for (let n = 0; n < 30; n++) {
    const { asked } = seen;
    await time.sleep(60_000);
    if (seen.asked > asked) {
      pulse.heard(); // The answer comes at once; messages are not throttled.
    }
  }
  assert.equal(seen.dead, 0);
});
