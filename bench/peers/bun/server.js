// The uWebSockets engine as Bun has it built in: native publish to the subscribers of a topic, no compression.
let offset = 0;

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  idleTimeout: 255, // publishers pause for longer than the 10 s of the default
  async fetch(request, server) {
    if (request.method === "POST") {
      const data = await request.text();
      server.publish("bench", `{"offset":${++offset},"data":${data}}`);
      return new Response(null, { status: 201 });
    }
    return server.upgrade(request) ? undefined : new Response(null, { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    // Above its limit the engine would drop messages, and the measurement would not count.
    backpressureLimit: 64 << 20,
    open(socket) {
      socket.subscribe("bench");
    },
    message() {},
  },
});
