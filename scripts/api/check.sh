#!/usr/bin/env bash
# Runs the OpenAPI document against a server of its own (`nil up` with a throwaway home): no server error, and no answer
# that the document does not know. Bounded to about two minutes.
#
#   scripts/api/check.sh target/debug/nil [more arguments of schemathesis]
set -euo pipefail
nil=$(realpath "$1")
shift
cd "$(dirname "$0")/../.."

tools="$PWD/.local/schemathesis"
if ! cmp -s scripts/api/requirements.txt "$tools/requirements.txt"; then
  python3 -m venv --clear "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r scripts/api/requirements.txt
  cp scripts/api/requirements.txt "$tools/requirements.txt"
fi

home=$(mktemp -d "${TMPDIR:-/tmp}/nil-api-XXXXXX")
# As root, PostgreSQL and the compilers run as other users, who have to get there.
chmod 711 "$home"
port=$((20000 + $$ % 10000))
unset DATABASE_URL NIL_URL NIL_TOKEN
export NIL_CACHE="${NIL_CACHE:-$PWD/.local}"
NIL_HOME="$home/home" "$nil" up --listen "127.0.0.1:$port" >"$home/log" 2>&1 &
server=$!
stop() {
  kill -INT "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$home"
}
trap stop EXIT

for _ in $(seq 240); do
  grep -q 'ProjectNIL is up.' "$home/log" && break
  kill -0 "$server" 2>/dev/null || { cat "$home/log"; exit 1; }
  sleep 1
done

# One function to begin with, so that what needs one is found from the first request on.
curl --silent --fail --output /dev/null "http://127.0.0.1:$port/functions" -H 'content-type: application/json' \
  -d '{"name": "add", "language": "wat", "source": "(module (func (export \"add\") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"}'
curl --silent --fail --output /dev/null "http://127.0.0.1:$port/functions/add?waitMs=30000"

status=0
SCHEMATHESIS_HOOKS=scripts/api/hooks.py "$tools/bin/st" run "http://127.0.0.1:$port/openapi.json" \
  --phases examples,coverage,fuzzing,stateful --max-examples "${NIL_API_EXAMPLES:-15}" --max-time "${NIL_API_SECONDS:-110}" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,allow_header_conformance,use_after_free \
  --exclude-path /events --request-timeout 20 --suppress-health-check all --seed 20261129 --continue-on-failure "$@" || status=$?
if [ "$status" != 0 ]; then
  grep -E 'ERROR|WARN|panicked' "$home/log" | tail -20 || true
fi
exit "$status"
