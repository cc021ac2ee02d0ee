# trueup's two commands are `make demo` and `make test`; the rest is for daily work.
.DEFAULT_GOAL := help
SHELL := bash
export PATH := $(HOME)/.cargo/bin:$(PATH)

# Started in the background or by nohup, a shell ignores signals and passes that on; tests that send one would wait in vain.
AWAKE := $(shell env --default-signal=INT,HUP,TERM true 2>/dev/null && echo env --default-signal=INT,HUP,TERM)

# Servers do not run as root, and other accounts can't enter a clone in root's home.
HERE := scripts/reachable.sh

.PHONY: help setup demo story test quick lint docs bless requirements

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the tests need (does nothing when all is there)
	@$(HERE) scripts/setup.sh

demo: ## the guide's story on four engines and for SQL Server, in a temporary directory
	@$(HERE) scripts/setup.sh --demo
	@$(HERE) scripts/demo.sh

story: setup ## a pull request's story with the Action, against a fake GitHub: comment, commit, green
	@$(HERE) cargo build --locked --quiet
	@$(HERE) target/venv/bin/python scripts/story.py

test: setup ## every test: units, golden cases on every engine, the real provider, real projects
	$(HERE) $(AWAKE) cargo test --locked -- $(ARGS)

quick: ## units, and the golden cases that need no server: seconds
	cargo test --locked --lib --quiet
	cargo test --locked --test it --quiet -- architecture golden::offline golden::sqlite

lint: ## what CI refuses: format, clippy, docs, shell scripts
	cargo fmt --check
	cargo clippy --locked --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet
	@if command -v shellcheck >/dev/null; then shellcheck scripts/*.sh .ci/run; else echo "shellcheck is not installed: scripts not checked"; fi

docs: ## the module documentation, in a browser
	cargo doc --locked --no-deps --document-private-items --open

bless: setup ## rewrite the expected plans of the golden cases; then read the difference
	TRUEUP_BLESS=1 $(HERE) cargo test --locked --test it --quiet -- golden::
	git --no-pager diff --stat -- tests/cases

requirements: ## pin the Python packages of tests and demo again
	scripts/setup.sh --requirements
