#!/usr/bin/env bash
# Renews .sqlx: starts a throwaway PostgreSQL, applies the migrations and lets the query macros look at it.
set -euo pipefail
cd "$(dirname "$0")/.."

exec cargo run --quiet -p nil-test --example renew_sqlx
