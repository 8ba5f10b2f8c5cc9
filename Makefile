# setup, demo, test, bench, torture, lint, bundles, clean. All safe to run twice.

PYTHON ?= python3
ARGS ?=

VENV := .venv
# Run as modules: the scripts beside it break when the folder is moved.
RUN := $(VENV)/bin/python -m
NPM := $(shell command -v npm 2>/dev/null)

INSTALLED := $(VENV)/.torchloupe-installed
BENCH_INSTALLED := $(VENV)/.torchloupe-bench-installed
# npm writes this file itself, so that a folder it made by hand counts too.
NODE_INSTALLED := node_modules/.package-lock.json

NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb))

.DEFAULT_GOAL := setup
.DELETE_ON_ERROR:
.PHONY: setup demo test bench torture checks lint lint-python lint-js test-js npm chromium bundles clean

setup: $(INSTALLED)
ifneq ($(NPM),)
setup: $(NODE_INSTALLED)
endif

$(INSTALLED): pyproject.toml hatch_build.py
	$(RUN) pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(RUN) pip install --editable '.[dev,lab]'
	touch $@

$(BENCH_INSTALLED): $(INSTALLED)
	$(RUN) pip install --editable '.[bench]'
	touch $@

$(NODE_INSTALLED): package-lock.json
	npm ci
	touch $@

# Settings, history and signatures of the demo stay in .demo, not in the user's folders.
demo: $(INSTALLED)
	JUPYTER_CONFIG_DIR="$(CURDIR)/.demo/config" \
	JUPYTER_DATA_DIR="$(CURDIR)/.demo/data" \
	JUPYTER_RUNTIME_DIR="$(CURDIR)/.demo/runtime" \
	IPYTHONDIR="$(CURDIR)/.demo/ipython" \
	$(RUN) jupyterlab \
		--ServerApp.root_dir="$(CURDIR)" \
		--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb \
		--LabApp.news_url= \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
		--LabApp.extension_manager=readonly \
		$(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

# Pytest comes last, so that its closing lines are what is in view. The models are tiny: more threads
# than one a process only wait for each other.
test: export OMP_NUM_THREADS = 1
test: checks
	$(RUN) pytest --nbval tests $(NOTEBOOKS) $(ARGS)

# The tests that `make test` runs in samples, at full length: an hour or so.
torture: export OMP_NUM_THREADS = 1
torture: export TORCHLOUPE_TORTURE = 1
torture: $(INSTALLED)
	$(RUN) pytest -m torture --timeout=3600 $(ARGS)

# Against the peers that are installed; ten to fifteen minutes.
bench: export OMP_NUM_THREADS = 1
bench: $(BENCH_INSTALLED)
	for file in benchmarks/bench_*.py; do $(VENV)/bin/python "$$file" $(ARGS) || exit 1; done

# What needs no order goes side by side.
checks:
	@$(MAKE) --jobs=2 lint test-js chromium

lint: lint-python lint-js

lint-python: $(INSTALLED)
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) pyright

lint-js: npm $(NODE_INSTALLED)
	npm run --silent check

test-js: npm $(NODE_INSTALLED)
	npm run --silent test

bundles: npm $(NODE_INSTALLED)
	npm run --silent build

npm:
	@command -v npm >/dev/null || { echo 'This needs npm (Node.js 20 or newer) on PATH.' >&2; exit 1; }

chromium:
	@if command -v chromium >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && apt-get install --yes chromium && exit 0; \
	fi; \
	echo 'The browser tests need Chromium on PATH as "chromium"; install it and run this again.' >&2; \
	exit 1

clean:
	rm -rf build dist coverage test-results .coverage .demo .hypothesis .pytest_cache .ruff_cache
	find src tests notebooks benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
