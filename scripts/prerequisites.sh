#!/usr/bin/env bash
# Names what is missing on this machine and the command that installs it. Installs nothing itself.
set -euo pipefail

missing=0
need() { # need COMMAND WHAT HOW
  command -v "$1" >/dev/null 2>&1 && return
  printf 'missing: %s (%s)\n  install: %s\n' "$1" "$2" "$3" >&2
  missing=1
}

need cargo "Rust 1.95 or newer" "see rustup.rs, then: rustup toolchain install stable"
need cc "a C compiler" "apt-get install gcc    (as root)"
need node "Node.js 20.19 or newer" "apt-get install nodejs npm    (as root; where that is older, use your version manager)"
need npm "Node's package manager" "apt-get install npm    (as root)"
[ "$missing" = 0 ] || exit 1

# Only `make test` needs it, and installs it by itself where it may.
if [ -z "${CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome >/dev/null 2>&1 && [ "$(id -u)" != 0 ]; then
  printf 'note: no Chromium here; `make test` tests the console in it\n  install: apt-get install chromium    (as root)\n' >&2
fi

IFS=. read -r node_major node_minor _ <<<"$(node --version | tr -d v)"
if [ "$((node_major * 100 + node_minor))" -lt 2019 ]; then
  printf 'Node.js %s is too old: 20.19 or newer is needed\n  install: with your version manager, for example: nvm install 20\n' "$(node --version)" >&2
  exit 1
fi
rust_minor=$(rustc --version | sed -E 's/^rustc 1\.([0-9]+).*/\1/')
if [ "$rust_minor" -lt 95 ]; then
  printf '%s is too old: 1.95 or newer is needed\n  install: rustup update stable\n' "$(rustc --version)" >&2
  exit 1
fi
