// The least Socket.IO program that does the bench's work: broadcast to every client, WebSocket alone, defaults otherwise.
import { createServer } from "node:http";
import { Server } from "socket.io";

let offset = 0;

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    io.emit("entry", { offset: ++offset, data: JSON.parse(Buffer.concat(parts)) });
    response.writeHead(201, { "Content-Length": 0 }).end();
  });
});
const io = new Server(server, { transports: ["websocket"], serveClient: false });

server.keepAliveTimeout = 600_000; // publishers pause for longer than the 5 s of the default
server.listen(Number(process.argv[2]), "127.0.0.1", 4096);
