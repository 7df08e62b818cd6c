// Deno's own HTTP server answering the JSON it was sent. Usage: deno run --allow-net deno.mjs PORT
Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} }, async (request) =>
  Response.json(await request.json()),
);
