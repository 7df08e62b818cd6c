#!/usr/bin/env bash
# Renews .sqlx: starts a throwaway PostgreSQL, applies the migrations and lets the query macros look at it.
set -euo pipefail
cd "$(dirname "$0")/.."

# --workspace: with the features of the tests, so that nothing is built a second time for this.
cargo build --quiet --workspace --example renew_sqlx
# As cargo does for what it starts: a dependency with a toolchain file of its own must not ask for that one.
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && command -v rustup >/dev/null 2>&1; then
  RUSTUP_TOOLCHAIN="$(rustup show active-toolchain | cut -d' ' -f1)"
  export RUSTUP_TOOLCHAIN
fi
exec target/debug/examples/renew_sqlx
