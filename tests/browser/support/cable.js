import { connect, createServer } from "node:net";

/** A cable to a server, which a test can pull: bytes go through as they are, so the server sees a local client. */
export async function layCable(target) {
  let to = new URL(target);
  const sockets = new Set();
  const end = createServer(near => {
    const far = connect(Number(to.port), to.hostname);
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => {}); // What a pulled cable looks like from here.
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise(resolve => end.listen(0, "127.0.0.1", resolve));
  const pull = () => sockets.forEach(socket => socket.resetAndDestroy());
  return {
    address: `http://127.0.0.1:${end.address().port}`,
    /** Breaks every connection at once, without a goodbye. */
    pull,
    /** Leads new connections to another server, and breaks those to the old one. */
    leadTo(other) {
      to = new URL(other);
      pull();
    },
    async remove() {
      const closed = new Promise(resolve => end.close(resolve));
      pull();
      await closed;
    },
  };
}
