/** What a WebSocket's handshake has beyond another request: Upgrade, Connection, Sec-WebSocket-Key, -Version, -Protocol and -Extensions. */
const HANDSHAKE_UP = 190;

/** The answer to it: the status line, Upgrade, Connection, Sec-WebSocket-Accept and -Protocol, Date, and what every answer has. */
const HANDSHAKE_DOWN = 230;

/** The octets of a request's head, as this browser sends it here. Measured by `measureHead`. */
let headUp = 0;

/** Asks the server how many octets the head of a request like those of the client has. Resolves to them, or to null. */
export async function measureHead() {
  const response = await fetch("/lab/head", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
  if (!response.ok) {
    return null;
  }
  headUp = Number(await response.text());
  return headUp;
}

/**
 * Counts what a client's bodies and messages come with: heads of requests and answers, and frames of a WebSocket. It stands between
 * the client and the browser, by the client's options `fetch` and `WebSocket`.
 */
export class Meter {
  up = 0;
  down = 0;

  fetch = async (input, init) => {
    this.up += headUp;
    const response = await fetch(input, init);
    this.down += headDown(response);
    return response;
  };

  WebSocket = metered(this);
}

/** A status line, and a line for each field. */
function headDown(response) {
  let octets = `HTTP/1.1 ${response.status} ${response.statusText}\r\n\r\n`.length;
  for (const [name, value] of response.headers) {
    octets += name.length + value.length + 4;
  }
  return octets;
}

function metered(meter) {
  return class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols);
      meter.up += headUp + HANDSHAKE_UP;
      meter.down += HANDSHAKE_DOWN;
      this.addEventListener("message", ({ data }) => {
        meter.down += frameHead(lengthOf(data));
      });
    }

    send(data) {
      meter.up += frameHead(lengthOf(data)) + 4; // A client masks what it sends.
      super.send(data);
    }
  };
}

/** RFC 6455, section 5.2. */
const frameHead = length => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

/** Good for the length's class: what is not ASCII is longer, which changes it by two octets at most. */
const lengthOf = data => data.length ?? data.byteLength ?? data.size;
