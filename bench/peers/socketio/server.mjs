// The least Socket.IO program that does the bench's work: broadcast to every client, or to those of a room, WebSocket alone,
// defaults otherwise. With REDIS in its environment several of them are joined by Socket.IO's Redis adapter.
import { createServer } from "node:http";
import { Server } from "socket.io";

const offsets = new Map();

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const room = new URL(request.url, "http://localhost").searchParams.get("room");
    const offset = (offsets.get(room) ?? 0) + 1;
    offsets.set(room, offset);
    (room ? io.to(room) : io).emit("entry", { offset, data: JSON.parse(Buffer.concat(parts)) });
    response.writeHead(201, { "Content-Length": 0 }).end();
  });
});
const io = new Server(server, { transports: ["websocket"], serveClient: false });
if (process.env.REDIS) {
  const { createAdapter } = await import("@socket.io/redis-adapter");
  const { createClient } = await import("redis");
  const publisher = createClient({ url: `redis://${process.env.REDIS}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  io.adapter(createAdapter(publisher, subscriber));
}
io.on("connection", (socket) => {
  if (socket.handshake.query.room) {
    socket.join(socket.handshake.query.room);
  }
});

server.keepAliveTimeout = 600_000; // publishers pause for longer than the 5 s of the default
server.listen(Number(process.argv[2]), "127.0.0.1", 4096);
