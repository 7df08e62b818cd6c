// A worker for tests: speaks the protocol, and does to its caller what the source says.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

const say = (value) => {
  const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(1, bytes, written);
};
const [, , atStart] = process.argv;
if (atStart === "exit") {
  console.error("no such module");
  process.exit(3);
}
if (atStart === "mute") setInterval(() => {}, 1000);
else {
  say({ ready: true, toolchain: { fake: "1" } });
  createInterface({ input: process.stdin }).on("line", (line) => serve(JSON.parse(line)));
}

let served = 0;
const hoard = [];

function serve({ id, source }) {
  const [verb, argument] = source.split(" ");
  served += 1;
  const answer = (text) => say({ id, ok: false, compileError: `${text}`, diagnostics: [] });
  const verbs = {
    module: () => {
      const wasm = Buffer.concat([Buffer.from("\0asm\x01\0\0\0", "binary"), Buffer.alloc(Number(argument))]);
      say({ id, ok: true, wasmBase64: wasm.toString("base64"), diagnostics: [] });
    },
    served: () => answer(served),
    pid: () => answer(process.pid),
    length: () => answer(source.length),
    slow: () => setTimeout(() => answer("late"), Number(argument)),
    spin: () => { for (;;); },
    garbage: () => writeSync(1, "segmentation what?\n"),
    twice: () => { answer("once"); answer("twice"); },
    crash: () => process.abort(),
    exit: () => process.exit(Number(argument)),
    report: () => say({ id, ok: false, crash: "the compiler crashed while it dreamt: RangeError: x\n    at y" }),
    retire: () => { answer("last words"); process.exit(70); },
    hog: () => { for (;;) hoard.push(Buffer.alloc(8 << 20, 1)); },
    heap: () => { for (;;) hoard.push(new Array(1 << 16).fill(hoard.length)); },
    keep: () => { hoard.push(Buffer.alloc(Number(argument) << 20, 1)); answer(process.pid); },
    stdout: () => { const text = "x".repeat(1 << 16); for (;;) writeSync(1, text); },
    stderr: () => {
      const text = Buffer.alloc(1 << 16, "noise\n");
      for (let left = Number(argument); left > 0; left -= 1) for (let at = 0; at < text.length; ) at += writeSync(2, text, at);
      answer("still here");
    },
    fork: () => { for (let i = 0; i < 20; i += 1) spawn("/bin/sleep", ["300"]); },
    daemon: () => {
      const shell = spawn("/bin/sh", ["-c", `/bin/sleep ${argument} >/dev/null 2>&1 & echo $!`], { detached: true });
      shell.stdout.once("data", (pid) => answer(`${pid}`.trim()));
    },
    fill: () => { for (let i = 0; ; i += 1) writeFileSync(`${process.env.TMPDIR}/${i}`, Buffer.alloc(1 << 20, 1)); },
    litter: () => { writeFileSync("litter", "x"); answer(readdirSync(".").join()); },
    look: () => answer(`files:${readdirSync(process.env.TMPDIR).join()}`),
    environment: () => answer(Object.keys(process.env).sort().join()),
    status: () => answer(readFileSync("/proc/self/status", "utf8") + readFileSync("/proc/self/limits", "utf8")),
    descriptors: () => answer(readdirSync("/proc/self/fd").join()),
  };
  verbs[verb]();
}
