import { roomUrl } from "../address.js";
import { Fault, whyRefused } from "../fault.js";
import { beginning, take } from "./frames.js";

let current = null;

/** One connection both ways: each message from the server is a frame, each message to it is published. */
export const webSocket = {
  kind: "websocket",
  title: "WebSocket",
  how: "sends both ways",
  streams: true,

  read({ room, from, on, signal }) {
    return new Promise((resolve, reject) => {
      const url = roomUrl(room, beginning(from));
      const address = new URL(url);
      address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
      on.request();
      const socket = new WebSocket(address);
      let opened = false;
      socket.onopen = () => {
        opened = true;
        current = socket;
        on.open();
      };
      socket.onmessage = message => {
        if (typeof message.data === "string") {
          take(JSON.parse(message.data), on);
        }
      };
      socket.onclose = async closed => {
        forget(socket);
        if (signal.aborted) {
          resolve();
        } else if (!opened) {
          // A browser does not tell a page why a handshake failed: the same URL, fetched, does.
          reject(await whyRefused(url, "application/json", signal));
        } else {
          reject(Fault.ofClose(closed.code, closed.reason));
        }
      };
      signal.addEventListener("abort", () => {
        forget(socket);
        socket.close();
        resolve();
      });
    });
  },
};

/** The open WebSocket of the page, if there is one. */
export function openWebSocket() {
  return current?.readyState === WebSocket.OPEN ? current : null;
}

function forget(socket) {
  if (current === socket) {
    current = null;
  }
}
