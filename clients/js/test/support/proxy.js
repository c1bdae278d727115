import { connect, createServer } from "node:net";

/**
 * What befalls one connection through the proxy.
 * @typedef {object} Fault
 * @property {number} [up] Octets from the client after which it is cut.
 * @property {number} [down] Octets from the server after which it is cut: what came before arrives, what comes after does not.
 * @property {number} [delay] ms by which each piece is late.
 * @property {number} [piece] Octets of a piece; larger ones are cut up.
 * @property {number} [hold] Octets of the server that are kept back until so many are there, or the connection ends.
 */

/**
 * A way to a server that fails at chosen octets. The octets that pass are as they were, so the server sees a local client.
 * @param {string} target
 * @param {(connection: number) => Fault} fault What befalls the nth connection.
 */
export async function layProxy(target, fault = () => ({})) {
  let to = new URL(target);
  let faults = fault;
  let connections = 0;
  let refuses = false;
  const sockets = new Set();
  const entrance = createServer({ noDelay: true }, near => {
    if (refuses) {
      near.resetAndDestroy();
      return;
    }
    const { up = Infinity, down = Infinity, delay = 0, piece = Infinity, hold = 0 } = faults(connections++);
    const far = connect({ port: Number(to.port), host: to.hostname, noDelay: true });
    const cut = () => {
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    lead(near, far, { most: up, delay, piece, hold: 0, cut });
    lead(far, near, { most: down, delay, piece, hold, cut });
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroySoon();
      });
    }
  });
  await new Promise(resolve => entrance.listen(0, "127.0.0.1", resolve));
  const cut = () => sockets.forEach(socket => socket.resetAndDestroy());
  return {
    address: `http://127.0.0.1:${entrance.address().port}`,
    /** How many connections were made. */
    get connections() {
      return connections;
    },
    /** Breaks all connections at once. */
    cut,
    /** From now on connections fail like this. */
    set fault(next) {
      faults = next;
    },
    /** Leads to another server from now on. */
    leadTo(other) {
      to = new URL(other);
      cut();
    },
    /** Whether connections are refused. */
    set refuses(value) {
      refuses = value;
    },
    async remove() {
      const closed = new Promise(resolve => entrance.close(resolve));
      cut();
      await closed;
    },
  };
}

function lead(from, to, { most, delay, piece, hold, cut }) {
  let passed = 0;
  let held = [];
  let turn = Promise.resolve();
  const write = octets => {
    turn = turn.then(async () => {
      if (delay > 0) {
        await new Promise(resolve => setTimeout(resolve, delay));
      }
      if (!to.destroyed) {
        to.write(octets);
      }
    });
  };
  from.on("data", data => {
    if (hold > 0) {
      held.push(data);
      if (held.reduce((sum, each) => sum + each.length, 0) < hold) {
        return;
      }
      data = Buffer.concat(held);
      held = [];
    }
    for (let at = 0; at < data.length && passed < most; at += piece) {
      const octets = data.subarray(at, Math.min(at + piece, data.length, at + most - passed));
      passed += octets.length;
      write(octets);
    }
    if (passed >= most) {
      turn = turn.then(() => setTimeout(cut, 5));
    }
  });
  from.on("end", () => {
    held.forEach(write);
    turn = turn.then(() => to.end());
  });
}
