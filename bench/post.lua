-- Sends one JSON body over and over and prints what the harness reads. The request is built once.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = os.getenv("NIL_BENCH_BODY")

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("nil-bench requests=%d duration_us=%d p50_us=%d p99_us=%d refused=%d broken=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
