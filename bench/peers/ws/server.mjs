// What a Node program with ws does that is written with care: no compression, the text encoded once for all clients.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

let offset = 0;

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const frame = Buffer.from(`{"offset":${++offset},"data":${Buffer.concat(parts)}}`);
    for (const client of sockets.clients) {
      client.send(frame, { binary: false });
    }
    response.writeHead(201, { "Content-Length": 0 }).end();
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

server.keepAliveTimeout = 600_000; // publishers pause for longer than the 5 s of the default
server.listen(Number(process.argv[2]), "127.0.0.1", 4096);
