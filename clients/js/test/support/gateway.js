import { createServer, request } from "node:http";
import { connect } from "node:net";

/**
 * What stands between some browsers and the world: it understands HTTP and lets through what it likes.
 * @param {string} target
 * @param {{webSocket?: boolean, buffers?: boolean, most?: number, headers?: Record<string, string>}} how Whether WebSocket passes; whether an answer is kept until it is
 *   complete; ms after which a request that is not answered is cut; what it adds to the heads of requests.
 */
export async function openGateway(target, how = {}) {
  const rules = { webSocket: true, buffers: false, most: Infinity, headers: {}, ...how };
  let to = new URL(target);
  const sockets = new Set();
  const seen = [];
  const server = createServer((asked, answer) => {
    seen.push(asked.method);
    const cut = rules.most < Infinity ? setTimeout(() => asked.socket.destroy(), rules.most) : undefined;
    const onward = request({ host: to.hostname, port: to.port, method: asked.method, path: asked.url, headers: { ...asked.headers, ...rules.headers } }, answered => {
      if (!rules.buffers) {
        answer.writeHead(answered.statusCode, answered.headers);
        answer.flushHeaders();
      }
      const kept = [];
      answered.on("data", octets => rules.buffers ? kept.push(octets) : answer.write(octets));
      answered.on("end", () => {
        clearTimeout(cut);
        if (rules.buffers) {
          answer.writeHead(answered.statusCode, answered.headers);
          answer.write(Buffer.concat(kept));
        }
        answer.end();
      });
      answered.on("error", () => answer.destroy());
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => {
      clearTimeout(cut);
      onward.destroy();
    });
    asked.pipe(onward);
  });
  server.on("upgrade", (asked, near, head) => {
    seen.push("upgrade");
    if (!rules.webSocket) {
      near.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const far = connect(Number(to.port), to.hostname, () => {
      const lines = Object.entries({ ...asked.headers, ...rules.headers }).map(([name, value]) => `${name}: ${value}`);
      far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      far.write(head);
      near.pipe(far).pipe(near);
    });
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.on("connection", socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    rules,
    seen,
    /** Breaks all connections at once. */
    cut: () => sockets.forEach(socket => socket.destroy()),
    leadTo(other) {
      to = new URL(other);
    },
    async remove() {
      const closed = new Promise(resolve => server.close(resolve));
      sockets.forEach(socket => socket.destroy());
      await closed;
    },
  };
}
