import { newPage } from "./browsers.js";

/**
 * A page of a server with a peer whose channel is open: there `say` sends a frame, `heard` has all lines that came, and `until` waits for something.
 * `connect` connects another peer, in place of the one before.
 */
export async function openChannelPage(browser, address) {
  const page = await newPage(browser);
  await page.goto(`${address}/healthz`); // Of its origin, without a script of its own, and not for local requests alone.
  await page.evaluate(async () => {
    const connect = async () => {
      const peer = new RTCPeerConnection();
      const channel = peer.createDataChannel("reliable");
      const other = peer.createDataChannel("other");
      const heard = [];
      let text = "";
      channel.onmessage = message => {
        const lines = (text += message.data).split("\n");
        text = lines.pop();
        heard.push(...lines.map(line => JSON.parse(line)));
      };
      const until = async what => {
        const end = performance.now() + 60_000;
        for (let found; ; await new Promise(resolve => setTimeout(resolve, 20))) {
          if ((found = what())) {
            return found;
          }
          if (performance.now() > end) {
            throw new Error(`Not within 60 s; ICE ${peer.iceConnectionState}, DTLS ${peer.connectionState}, channel ${channel.readyState}, heard ${JSON.stringify(heard).slice(0, 2_000)}, offered ${peer.localDescription.sdp}`);
          }
        }
      };
      await peer.setLocalDescription();
      const answer = await fetch("/rt/session", { method: "POST", headers: { "Content-Type": "application/sdp" }, body: peer.localDescription.sdp });
      const sdp = await answer.text();
      if (answer.status !== 201) {
        throw new Error(sdp);
      }
      await peer.setRemoteDescription({ type: "answer", sdp });
      await until(() => channel.readyState === "open");
      const say = frame => channel.send(JSON.stringify(frame));
      Object.assign(window, { peer, channel, other, heard, until, say, place: answer.headers.get("Location") });
    };
    window.connect = connect;
    await connect();
  });
  return page;
}
