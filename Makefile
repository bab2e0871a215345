# Wenyuan 文渊. `make demo` shows it, `make test` checks it. Needs Python 3.11 or newer, git and make.
# Once installed, everything here runs without a network.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin

.PHONY: help demo install test lint types bench docs clean

help: ## What can be made here
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

demo: .venv/core.installed ## Install, build the demo library if it is not there, and serve it on this machine
	@$(BIN)/wenyuan --data-dir demo-data demo $(if $(PORT),--port $(PORT))

install: .venv/core.installed ## Install Wenyuan into .venv, ready for work

test: .venv/dev.installed lint types ## Everything that is checked: style, types, tests
	$(BIN)/python -m pytest -n auto

lint: .venv/dev.installed ## Style
	$(BIN)/ruff check .

types: .venv/dev.installed ## Types, strictly
	$(BIN)/mypy

bench: .venv/bench.installed ## The figures of this machine, beside those of its peers
	$(BIN)/python -m benchmarks

docs: .venv/dev.installed ## The handbook, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean: ## Remove what was built; your data stays
	rm -rf .venv dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis

# What is installed is remembered as a copy of pyproject.toml, so only a changed one asks for the network again.
# Each kind of installation holds those before it, so any of ENOUGH will do.
.venv/core.installed: EXTRA :=
.venv/core.installed: ENOUGH := core dev bench
.venv/dev.installed: EXTRA := [dev]
.venv/dev.installed: ENOUGH := dev bench
.venv/bench.installed: EXTRA := [dev,bench]
.venv/bench.installed: ENOUGH := bench
.venv/%.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Wenyuan needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@for kind in $(ENOUGH); do cmp -s pyproject.toml .venv/$$kind.installed && exit 0; done; echo "Installing Wenyuan$(EXTRA) into .venv ..."; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.$(EXTRA)'
	@cp pyproject.toml $@
