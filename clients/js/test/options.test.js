import assert from "node:assert/strict";
import { test } from "node:test";
import { Godwit, GodwitError } from "../client.js";
import { sessionUrl } from "../client/options.js";
import { scene } from "./support/scene.js";

const fails = (run, code) => assert.throws(run, fault => fault instanceof GodwitError && fault.code === code && fault.message.length > 20, code);

test("the session is below the mount, whatever is given", () => {
  for (const url of ["https://example.com/rt", "https://example.com/rt/", "wss://example.com/rt?x=1#y", new URL("https://example.com/rt")]) {
    assert.equal(sessionUrl(url), "https://example.com/rt/session");
  }
  assert.equal(sessionUrl("ws://localhost:8080"), "http://localhost:8080/session");
});

test("a URL that is none is told at once", () => {
  fails(() => new Godwit("/rt"), "url.invalid"); // There is no page here that it could be relative to.
  fails(() => new Godwit("ftp://example.com/rt"), "url.invalid");
  fails(() => new Godwit("mailto:a@example.com"), "url.invalid");
});

test("options out of range are told at once, with the range", () => {
  const url = "http://localhost/rt";
  for (const options of [
    { openTimeout: 1 }, { wait: 121 }, { publishFor: "5m" }, { answerTimeout: NaN }, { outbox: 0 }, { pollInterval: 1 }, { backoff: { first: 0 } },
    { backoff: { first: 5000, most: 100 } }, { transports: ["pigeon"] }, { transports: "poll" }, { token: 7 }, { ticket: "once" },
    { token: "a", ticket: () => "b" },
  ]) {
    fails(() => new Godwit(url, options), "option.invalid");
  }
  assert.throws(() => new Godwit(url, { wait: 121 }), /wait is a number from 1 to 120; 121 is not\./);
  fails(() => new Godwit(url, { transports: [] }), "transport.none");
  fails(() => scene({ options: { transports: ["websocket"] }, environment: { WebSocket: undefined } }), "transport.none");
});

test("rooms, positions, events and keys that the server would refuse are not sent", async () => {
  const { godwit } = scene();
  for (const name of ["", "a b", ".", "..", "ü", "x".repeat(201), undefined]) {
    fails(() => godwit.join(name), "room.invalid");
  }
  fails(() => godwit.join("lobby", { after: "12" }), "position.invalid");
  fails(() => godwit.join("lobby", { last: 0 }), "option.invalid");
  fails(() => godwit.join("lobby", { last: 1, after: "now" }), "parameter.conflict");
  fails(() => godwit.join("lobby", { delivery: "some" }), "option.invalid");
  fails(() => godwit.join("lobby", { state: {} }), "option.invalid");
  const room = godwit.join("lobby");
  const rejects = (publish, code) => assert.rejects(publish, fault => fault instanceof GodwitError && fault.code === code, code);
  await rejects(room.publish("a b", 1), "event.invalid");
  await rejects(room.publish("open", 1), "event.reserved");
  await rejects(room.publish("message", undefined), "data.json");
  await rejects(room.publish("message", 1n), "data.json");
  await rejects(room.publish("message", () => {}), "data.json");
  await rejects(room.publish("message", 1, { key: "ü" }), "key.invalid");
  await rejects(godwit.publish("a b", "message", 1), "room.invalid");
  await rejects(room.publish("message", "x".repeat(1 << 20)), "entry.too_large");
});
