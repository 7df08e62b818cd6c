#!/usr/bin/env bash
# The languages whose toolchains take long to install: installs them into NIL_CACHE, then runs the tests that need them.
# Arguments are languages; without any, all of them. What was skipped, and why, is printed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

export NIL_CACHE="${NIL_CACHE:-$PWD/.local}"
# A developer's own settings must not reach the tests.
unset DATABASE_URL NIL_URL NIL_TOKEN NIL_HOME NIL_LISTEN

all=(c cpp rust zig go python)
languages=("$@")
[ $# -gt 0 ] || languages=("${all[@]}")

step() { printf '\n== %s ==\n' "$*"; }

step "build"
cargo test --workspace --locked --no-run --quiet
nil=${CARGO_TARGET_DIR:-target}/debug/nil

# Rust's standard library for WebAssembly is rustup's to fetch; elsewhere the installation says what is missing.
if [[ " ${languages[*]} " == *" rust "* ]] && command -v rustup >/dev/null 2>&1; then
  rustup target list --installed | grep -qx wasm32-wasip1 || rustup target add wasm32-wasip1
fi

installed=() skipped=()
for language in "${languages[@]}"; do
  step "toolchain: $language"
  if said=$("$nil" toolchain install "$language" 2>&1); then
    printf '%s\n' "$said"
    installed+=("$language")
  else
    printf '%s\n' "$said" >&2
    skipped+=("$language: $(printf '%s' "$said" | grep -m1 error: || printf '%s' "$said" | tail -1)")
  fi
done

failed=0
if [ ${#installed[@]} -gt 0 ]; then
  export NIL_TEST_LANGUAGES="${installed[*]}"
  step "in the box: $NIL_TEST_LANGUAGES"
  cargo test --workspace --locked --quiet --test languages -- --nocapture || failed=1
  step "in the product: $NIL_TEST_LANGUAGES"
  cargo test --workspace --locked --quiet --test e2e -- the_same_programs languages:: || failed=1
fi

step "done"
printf 'tested: %s\n' "${installed[*]:-nothing}"
for language in "${all[@]}"; do
  case " ${languages[*]} " in
    *" $language "*) ;;
    *) printf 'skipped: %s: not asked for\n' "$language" ;;
  esac
done
# A toolchain that cannot be installed here is no success: whoever runs this asked for it.
for reason in "${skipped[@]}"; do
  printf 'skipped: %s\n' "$reason"
  failed=1
done
exit "$failed"
