// Speaks SCTP over a UDP socket, without DTLS, by werift's implementation. Answers DATA_CHANNEL_OPEN, and sends every message back on its stream.
// node peer.js server: waits. node peer.js client PORT: begins, opens stream 0 and sends what it opened it for.
// What happens is told in lines of JSON; the first one names the port.
const dgram = require("node:dgram");
const { SCTP } = require("werift-sctp");

const CONTROL = 50, TEXT = 51;
const [role, port] = process.argv.slice(2);
const tell = event => process.stdout.write(JSON.stringify(event) + "\n");

const socket = dgram.createSocket("udp4");
const transport = {
  onData: undefined,
  remote: port ? { port: Number(port), address: "127.0.0.1" } : undefined,
  send: async packet => { if (transport.remote) socket.send(packet, transport.remote.port, transport.remote.address); },
  close: () => socket.close(),
};
socket.on("message", (packet, from) => {
  transport.remote = from;
  transport.onData?.(packet);
});

const sctp = role === "client" ? SCTP.client(transport) : SCTP.server(transport);
// How a stream is to be answered, by the channel type of its DATA_CHANNEL_OPEN.
const terms = new Map();
sctp.onReceive.subscribe((stream, protocol, content) => {
  if (protocol === CONTROL && content[0] === 3) {
    const ordered = (content[1] & 0x80) === 0;
    terms.set(stream, (content[1] & 0x7f) === 1 ? { ordered, maxRetransmits: content.readUInt32BE(4) } : { ordered });
    tell({ event: "open", stream, label: content.subarray(12, 12 + content.readUInt16BE(8)).toString() });
    sctp.send(stream, CONTROL, Buffer.from([2]));
    return;
  }
  if (protocol === CONTROL) {
    tell({ event: "ack", stream });
    sctp.send(stream, TEXT, Buffer.from("hello"));
    return;
  }
  sctp.send(stream, protocol, Buffer.from(content), terms.get(stream) ?? { ordered: true });
});
sctp.onReconfigStreams.subscribe(streams => tell({ event: "reset", streams }));
sctp.stateChanged.connected.subscribe(() => {
  tell({ event: "connected" });
  if (role === "client") {
    const open = Buffer.alloc(12 + 4);
    open[0] = 3;
    open.writeUInt16BE(4, 8);
    open.write("from", 12);
    sctp.send(0, CONTROL, open);
  }
});
sctp.stateChanged.closed.subscribe(() => tell({ event: "closed" }));

socket.bind(0, "127.0.0.1", async () => {
  tell({ port: socket.address().port });
  await sctp.start(5000);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
