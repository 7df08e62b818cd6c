// Times the kernels as plain JavaScript: `node run.mjs '[["nbody", 50000], …]'` answers one JSON object on stdout:
// name → { result, ms }. Each kernel runs until the JIT has settled; the time is the median of what follows.
const WARM_UP_MS = 400;
const MEASURE_MS = 300;
const FEWEST_RUNS = 5;

const answers = {};
for (const [name, n] of JSON.parse(process.argv[2])) {
  const { run } = await import(`./${name}.mjs`);
  let result = run(n);
  const warmUntil = performance.now() + WARM_UP_MS;
  while (performance.now() < warmUntil) result = run(n);
  const times = [];
  const until = performance.now() + MEASURE_MS;
  while (performance.now() < until || times.length < FEWEST_RUNS) {
    const start = performance.now();
    result = run(n);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  answers[name] = { result, ms: times[times.length >> 1] };
}
console.log(JSON.stringify(answers));
