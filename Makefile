# Every target installs what it needs, pinned, into this folder (.local/ and target/). Nothing needs root
# except Debian packages you choose to install.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# Toolchains and a portable PostgreSQL are kept here.
export NIL_CACHE ?= $(CURDIR)/.local
# Pinned so that lint results do not change by themselves.
CARGO_DENY_VERSION := 0.20.2

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.PHONY: up
up: build ## Build and run everything on this machine (ARGS="--listen 127.0.0.1:9090" passes flags)
	@exec target/release/nil up $(ARGS)

.PHONY: build
build: prerequisites console/dist/index.html ## Build target/release/nil (the first time takes about ten minutes on two cores)
	@cargo build --release --locked -p nil

# The console is part of the binary.
console/dist/index.html: console/node_modules/.package-lock.json $(shell find console/src console/public toolchains/*/template -type f) $(wildcard console/*.*)
	@cd console && npm run build --silent

console/node_modules/.package-lock.json: console/package-lock.json
	@cd console && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: toolchains
toolchains: build ## Install the language toolchains into .local/
	@target/release/nil toolchain install

.PHONY: test
test: prerequisites ## Run every test
	@scripts/test.sh

.PHONY: test-languages
test-languages: prerequisites ## Install the larger toolchains and test them (LANGUAGES="c zig" only these)
	@scripts/test-languages.sh $(LANGUAGES)

.PHONY: lint
lint: prerequisites ## Formatting, clippy, dependencies' licences and advisories
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --locked -- -D warnings
	@test -x .local/bin/cargo-deny || cargo install --quiet --locked --root .local cargo-deny@$(CARGO_DENY_VERSION)
	@.local/bin/cargo-deny --log-level error check bans licenses sources

.PHONY: bench
bench: bench-build ## Measure everything beside its peers, about 20 minutes; writes bench/RESULTS.md
	@target/release/nil-bench run $(ARGS)

.PHONY: bench-quick
bench-quick: bench-build ## The same report with fewer and shorter rounds, under five minutes
	@target/release/nil-bench run --quick $(ARGS)

# One build of both. The harness asks for nothing of the crates they share that the product does not ask for, so the
# product is built as `make build` builds it, and nothing is compiled twice.
.PHONY: bench-build
bench-build: prerequisites console/dist/index.html
	@cargo build --release --locked -p nil -p nil-bench --features nil-bench/interpreter

.PHONY: bench-languages
bench-languages: bench-build ## What each language costs, about a minute each; writes the table in docs/languages.md
	@target/release/nil-bench languages --write docs/languages.md $(ARGS)

.PHONY: bench-micro
bench-micro: prerequisites ## Microbenchmarks of the parts a call consists of (ARGS="echo" filters)
	@cargo bench --locked -p nil-bench -- $(ARGS)

.PHONY: sqlx
sqlx: ## Renew .sqlx after a query or migration changed
	@scripts/sqlx.sh

.PHONY: prerequisites
prerequisites:
	@scripts/prerequisites.sh

.PHONY: clean
clean: ## Remove what was built; .local/ stays
	@cargo clean
