import { sessionUrl } from "../../address.js";
import { Fault } from "../../fault.js";
import { request } from "../exchange.js";

/** One connection both ways: rooms are joined and left on it, and publishes get their replies on it. */
export const sessionWebSocket = {
  kind: "websocket",
  title: "Session WebSocket",
  how: "frames both ways",
  streams: true,
  both: true,

  read({ begin, on, signal }) {
    return new Promise((resolve, reject) => {
      const address = new URL(sessionUrl());
      address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
      on.request();
      const socket = new WebSocket(address, "godwit.v1");
      let opened = false;
      socket.onopen = () => {
        opened = true;
        if (!signal.aborted) {
          socket.send(JSON.stringify({ op: "hello", ...begin() }));
          on.sender(text => socket.send(text));
        }
      };
      socket.onmessage = message => {
        const frame = JSON.parse(message.data);
        if (frame.op === "welcome") {
          on.welcome(frame);
        } else {
          on.frame(frame);
        }
      };
      socket.onclose = async closed => {
        on.sender(null);
        if (signal.aborted) {
          resolve();
        } else {
          reject(opened ? Fault.ofClose(closed.code, closed.reason) : await whyRefused(signal));
        }
      };
      signal.addEventListener("abort", () => {
        socket.close();
        resolve();
      });
    });
  },
};

// A browser does not tell a page why a handshake failed: an exchange is refused for the same reasons.
async function whyRefused(signal) {
  try {
    await request({}, { signal });
    return Fault.ofNetwork();
  } catch (fault) {
    return fault;
  }
}
