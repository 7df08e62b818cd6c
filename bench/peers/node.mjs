// Node's own HTTP server answering the JSON it was sent. Usage: node node.mjs PORT
import { createServer } from "node:http";

createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const text = chunks.length === 1 ? chunks[0].toString() : Buffer.concat(chunks).toString();
    const body = JSON.stringify(JSON.parse(text));
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
