#!/usr/bin/env bash
# Renews .sqlx: starts a throwaway PostgreSQL, applies the migrations and lets the query macros look at it.
set -euo pipefail
cd "$(dirname "$0")/.."

# --workspace: with the features of the tests, so that nothing is built a second time for this.
cargo build --quiet --workspace --example renew_sqlx
exec target/debug/examples/renew_sqlx
