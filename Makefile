# Two commands: `make run` serves the app, `make test` checks everything. Both use one environment, .venv/.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test setup browser postgres lint types bench bench-full soak clean

help:
	@echo "make run    set up .venv/ and serve the app on http://localhost:$(PORT)"
	@echo "make test   set up .venv/ and run tests, lint, layers and types"
	@echo "make bench  measure speed and memory beside the bars of docs/benchmarks.md"
	@echo "make soak   try the app under load and with faults: kills, a lost database, a full disk"
	@echo "make clean  remove .venv/ and caches"

run: setup
	@echo "Serving clipdash on http://localhost:$(PORT) (Ctrl+C stops it)"
	@$(BIN)/python -m clipdash serve --port $(PORT)

test: setup browser postgres lint types
	@echo "Running the tests"
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

lint: setup
	@echo "Checking style (ruff) and layers (import-linter)"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

types: setup
	@echo "Checking types (mypy, strict on clipdash/)"
	@$(BIN)/mypy

setup: .venv/ready

.venv/ready: requirements.txt requirements-dev.txt pyproject.toml
	@echo "Setting up .venv/ with $(PYTHON) (once; some minutes and gigabytes, torch is large)"
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "clipdash needs Python 3.11; $(PYTHON) is another version. Run: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# The journey needs a Chromium. Debian's is installed when that is possible; otherwise its tests say how and the rest runs.
browser:
	@command -v chromium >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Debian's chromium for the browser tests"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
	  echo "No chromium found: the browser tests are left out. Install the package 'chromium' to run them."; \
	fi

# Records are tested on both databases. Debian's PostgreSQL is installed when that is possible; the tests start it themselves.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Debian's postgresql for the tests of records"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; \
	else \
	  echo "No PostgreSQL found: records are tested on SQLite only. Install the package 'postgresql' to test both."; \
	fi

bench: setup
	@echo "Measuring (some ten minutes; on a machine that does nothing else)"
	@$(BIN)/python benchmarks/bench.py $(if $(KEEP),--keep $(KEEP))

bench-full: setup
	@echo "Measuring, with growth up to 10,000,000 images (some twenty minutes, 8 GB of disk)"
	@$(BIN)/python benchmarks/bench.py --full $(if $(KEEP),--keep $(KEEP))

soak: setup postgres
	@echo "Trying the app under load and with faults (some twenty minutes; on a machine that does nothing else)"
	@PYTHONPATH=benchmarks $(BIN)/python -m soak $(TRIALS) --minutes $(or $(MINUTES),10) --keep $(or $(KEEP),docs/reliability.md)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
