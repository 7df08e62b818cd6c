#!/usr/bin/env bash
# All tests: the AssemblyScript toolchain's own, then the workspace's on the system's PostgreSQL (or the
# portable one where there is none), then the store's once more on the portable one, and the console in a browser.
set -euo pipefail
cd "$(dirname "$0")/.."

export NIL_CACHE="${NIL_CACHE:-$PWD/.local}"
# A developer's own settings must not reach the tests.
unset DATABASE_URL NIL_URL NIL_TOKEN NIL_HOME NIL_LISTEN

step() { printf '\n== %s ==\n' "$*"; }

step "toolchain: AssemblyScript"
(cd toolchains/assemblyscript && { [ -d node_modules ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; } && npm test --silent)

step "build"
cargo test --workspace --locked --no-run --quiet

step "workspace"
cargo test --workspace --locked --quiet --no-fail-fast

step "store, on the portable PostgreSQL"
# --workspace: with the features everything else is built with, so that nothing is compiled a second time.
NIL_TEST_PG=portable cargo test --workspace --locked --quiet --test store

step "console, in a browser"
scripts/test-console.sh

printf '\nskipped: the toolchains that are not installed by `nil up` (C, Zig, …); `make test-languages` installs and tests them\n'
