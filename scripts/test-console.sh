#!/usr/bin/env bash
# The console: style and types, units, build, and the journeys of people in a real browser against `nil up`.
# Arguments are names of browser tests (`scripts/test-console.sh journey`); without, all of them run.
set -euo pipefail
cd "$(dirname "$0")/.."

export NIL_CACHE="${NIL_CACHE:-$PWD/.local}"

# Debian's Chromium is a package: installing it needs root.
if [ -z "${CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
  else
    echo "missing: chromium (the console is tested in it)" >&2
    echo "  install: apt-get install chromium    (as root), or set CHROMIUM to a Chromium of yours" >&2
    exit 1
  fi
fi

cargo build --workspace --locked --quiet
cd console
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
npm run --silent api:check
npm run --silent lint
npm test --silent
npm run --silent build
npm run --silent test:browser -- "$@"
