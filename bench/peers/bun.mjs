// Bun's own HTTP server answering the JSON it was sent. Usage: bun run bun.mjs PORT
Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  async fetch(request) {
    return Response.json(await request.json());
  },
});
