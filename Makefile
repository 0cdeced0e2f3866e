# Everything happens in .venv; nothing but Python 3.11 or newer and make is needed.
# PYTHON=/path/to/python chooses another interpreter.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

.PHONY: help setup demo test lint bench storm fuzz

help:
	@echo "make setup   make .venv with all that is locked, and .venv/bin/orderwatch"
	@echo "make demo    the whole job against a simulated back office, carrier and mailbox"
	@echo "make test    lint and all tests"
	@echo "make lint    style, types and layers"
	@echo "make storm   real processes under kills and outages, then the books; writes storm.json"
	@echo "             SEED=1 SECONDS=60 DB=postgresql, sqlite or both LOGS=folder"
	@echo "make fuzz    every reader of outside data, fed with spoiled samples; FUZZ_SECONDS=300"
	@echo "make bench   speed against bare libraries in the same run, into bench.json"

setup: $(STAMP)

# Only a changed lock or pyproject.toml installs again.
$(STAMP): requirements.lock pyproject.toml
	@python="$${PYTHON:-}"; \
	for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if [ -z "$$python" ] && "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python="$$name"; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "orderwatch needs Python 3.11 or newer, found: $$(python3 --version 2>/dev/null || echo none);" \
	    "install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
	  echo "PYTHON=$$python is no Python 3.11 or newer" >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  "$$python" -m venv --clear $(VENV) || { \
	    echo "python -m venv failed; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	fi
	@echo "installing what requirements.lock names (this takes a minute)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
	@echo "ready: $(BIN)/orderwatch --help"

demo: setup
	@$(BIN)/orderwatch demo

lint: setup
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted; $(BIN)/ruff format . would" >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >$(VENV)/layers.txt || { cat $(VENV)/layers.txt >&2; exit 1; }

test: setup lint
	@$(BIN)/python -m pytest -m "not storm" -n 3 --dist worksteal

storm: setup
	@$(BIN)/python -m tests.storms $(if $(SEED),--seed $(SEED)) $(if $(SECONDS),--seconds $(SECONDS)) \
	  $(if $(DB),--db $(DB)) $(if $(LOGS),--logs $(LOGS))

fuzz: setup
	@$(BIN)/python -m tests.fuzz $(if $(FUZZ_SECONDS),--seconds $(FUZZ_SECONDS)) $(if $(SEED),--seed $(SEED))

bench: setup
	@$(BIN)/python -m tests.bench
