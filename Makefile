# Two commands: `make run` serves the app, `make test` checks everything. Both use one environment, .venv/.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test setup browser postgres lint types bench bench-full soak lock licences sbom secure container clean

help:
	@echo "make run    set up .venv/ and serve the app on http://localhost:$(PORT)"
	@echo "make test   set up .venv/ and run tests, lint, layers and types"
	@echo "make bench  measure speed and memory beside the bars of docs/benchmarks.md"
	@echo "make lock   write requirements.lock and docs/licences.md anew (UPGRADE=1 takes newer versions)"
	@echo "make sbom   write sbom.json: what the image is made of, in CycloneDX"
	@echo "make secure look for weaknesses in code, files, Dockerfile and dependencies (STRICT=1: all must be tried)"
	@echo "make container  build the image and try it, where a Docker daemon runs"
	@echo "make soak   try the app under load and with faults: kills, a lost database, a full disk"
	@echo "make clean  remove .venv/ and caches"

run: setup
	@echo "Serving clipdash on http://localhost:$(PORT) (Ctrl+C stops it)"
	@$(BIN)/python -m clipdash serve --port $(PORT)

test: setup browser postgres lint types
	@echo "Running the tests"
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered
	@docker version >/dev/null 2>&1 && echo "The image was not tried: make container builds it, which takes minutes" \
	  || echo "The image was not tried: no Docker daemon answers here"

lint: setup
	@echo "Checking style (ruff), layers (import-linter) and weaknesses (bandit, detect-secrets, hadolint)"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/check_security.py --offline

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

# Pins with hashes for Linux on x86-64. INDEX and EXTRA_INDEX are addresses of package indices; another index has other
# builds and so other hashes, hence LOCK. A build of one of them is taken by the Dockerfile's arguments of the same names.
LOCK ?= requirements.lock
COMPILE = $(BIN)/uv pip compile --quiet --system-certs --generate-hashes --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
  --custom-compile-command "make lock" --no-emit-index-url $(if $(UPGRADE),--upgrade) $(if $(INDEX),--default-index $(INDEX)) \
  $(if $(EXTRA_INDEX),--index $(EXTRA_INDEX) --index-strategy unsafe-best-match)

lock: setup
	@$(COMPILE) requirements.txt --output-file $(LOCK)
	@$(COMPILE) deploy/image/tools.txt --output-file deploy/image/tools.lock
	@echo "Wrote $(LOCK) and deploy/image/tools.lock"
	@$(BIN)/python scripts/list_licences.py

licences: setup
	@$(BIN)/python scripts/list_licences.py

sbom: setup
	@$(BIN)/python deploy/image/without_gpu.py --lock $(LOCK) | PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml \
	  --output-reproducible --output-format JSON --output-file sbom.json -
	@echo "Wrote sbom.json"

secure: setup
	@$(BIN)/python scripts/check_security.py $(if $(STRICT),--strict)

# Exit 3 of the script: no daemon runs, and it has said so.
container: setup browser
	@scripts/try-container.sh || [ $$? = 3 ]

soak: setup postgres
	@echo "Trying the app under load and with faults (some twenty minutes; on a machine that does nothing else)"
	@PYTHONPATH=benchmarks $(BIN)/python -m soak $(TRIALS) --minutes $(or $(MINUTES),10) --keep $(or $(KEEP),docs/reliability.md)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
