import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { RTCPeerConnection } from "werift";
import { Godwit } from "../../clients/js/client.js";
import { startServer } from "./support/server.js";

/** Resolves with what `found` returns once that is something. */
async function until(found, what) {
  for (const end = performance.now() + 60_000; performance.now() < end; await new Promise(resolve => setTimeout(resolve, 20))) {
    const value = found();
    if (value) {
      return value;
    }
  }
  throw new Error(`Not within 60 s: ${what()}`);
}

describe("data channels with werift, another implementation of all of WebRTC", { timeout: 180_000 }, () => {
  let server, peer;
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await peer?.close();
    await server?.stop();
  });

  test("a session goes over the channel, both ways", async () => {
    peer = new RTCPeerConnection({ iceServers: [], iceAdditionalHostAddresses: ["127.0.0.1"] });
    const channel = peer.createDataChannel("reliable");
    const heard = [];
    let text = "";
    channel.onMessage.subscribe(message => {
      const lines = (text += message.toString()).split("\n");
      text = lines.pop();
      heard.push(...lines.map(line => JSON.parse(line)));
    });
    await peer.setLocalDescription(await peer.createOffer());
    const answer = await fetch(`${server.address}/rt/session`, { method: "POST", headers: { "Content-Type": "application/sdp" }, body: peer.localDescription.sdp });
    const sdp = await answer.text();
    assert.equal(answer.status, 201, sdp);
    await peer.setRemoteDescription({ type: "answer", sdp });
    const state = () => `ICE ${peer.iceConnectionState}, ${peer.connectionState}, channel ${channel.readyState}, heard ${JSON.stringify(heard).slice(0, 2_000)}`;
    await until(() => channel.readyState === "open", state);

    const data = "ä".repeat(20_000);
    channel.send(JSON.stringify({ op: "hello", rooms: { lobby: "now" } }));
    await until(() => heard.some(frame => frame.op === "joined"), state);
    channel.send(JSON.stringify({ op: "publish", id: 1, room: "lobby", data }));
    const entry = await until(() => heard.find(frame => frame.op === "entry"), state);
    assert.equal(entry.data, data);
    await until(() => heard.some(frame => frame.op === "reply"), state);
  });

  test("the JavaScript client takes it for that of a browser", async () => {
    const godwit = new Godwit(`${server.address}/rt`, {
      transports: ["datachannel"], openTimeout: 60_000,
      RTCPeerConnection: class extends RTCPeerConnection {
        constructor() {
          super({ iceServers: [], iceAdditionalHostAddresses: ["127.0.0.1"] });
        }
      },
    });
    const seen = [];
    godwit.join("node", { after: "start" }).on("entry", entry => seen.push(entry.data));
    await Promise.all([0, 1, 2].map(n => godwit.publish("node", "message", n)));
    await until(() => seen.length === 3, () => JSON.stringify([godwit.state, seen]));
    assert.deepEqual([seen, godwit.transport, godwit.counters.duplicates], [[0, 1, 2], "datachannel", 0]);
    godwit.close();
  });
});
