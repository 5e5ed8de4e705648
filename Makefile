# The menu: `make` alone prints it. Stamp files keep what is up to date from being done again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help run test test-fast lint format words bench sync-bench sim screenshots page-figures requirements clean

help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(VENV)/.runtime node_modules/.stamp ## set up what is missing and serve on http://127.0.0.1:8000
	@$(BIN)/python manage.py serve --prepare

test: $(VENV)/.development node_modules/.development ## everything: linters, types, and the suite on both kinds of stores
	@$(BIN)/python -m scripts.test all

test-fast: $(VENV)/.development node_modules/.development ## the suite on SQLite alone, without the browser: about six minutes
	@$(BIN)/python -m scripts.test fast

lint: $(VENV)/.development ## linters, types, import directions, migrations, deployment checks, schema
	@$(BIN)/python -m scripts.test lint

format: $(VENV)/.development ## put the code into its one form
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

words: $(VENV)/.development ## bring the Chinese catalogue in step with the code; tells what waits for its translation
	@$(BIN)/python -m scripts.words

bench: $(VENV)/.development ## measure it beside other servers: a quarter of an hour; QUICK=1 minutes, RECORD=1 keeps the results, NAMES="fanout sends"
	@$(BIN)/python -m bench $(if $(QUICK),--quick) $(if $(RECORD),--record) $(NAMES)

sync-bench: $(VENV)/.development node_modules/.stamp ## how near each other three real browsers play: three minutes; RECORD=1 keeps the results
	@$(BIN)/python -m bench.together $(if $(RECORD),--record)

sim: $(VENV)/.development ## watching together on a virtual clock, beside other servers' rules: a minute; QUICK=1 seconds, RECORD=1 keeps the results
	@$(BIN)/python -m sim $(if $(QUICK),--quick) $(if $(RECORD),--record)

screenshots: $(VENV)/.development node_modules/.stamp ## make the pictures of docs/screenshots anew, with a server and demo content of their own
	@$(BIN)/python -m scripts.screenshots

page-figures: $(VENV)/.development node_modules/.stamp ## measure the pages in a real browser: weight, first paint, layout shift, long tasks
	@$(BIN)/python -m scripts.page_figures

requirements: $(VENV)/.uv ## pin anew what pyproject.toml asks for
	@$(BIN)/uv pip compile --quiet --universal --no-header --no-emit-index-url --python-version 3.11 --upgrade \
		pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --no-header --no-emit-index-url --python-version 3.11 --upgrade \
		--extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## remove what was installed and cached; the data stays
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Matinee needs Python 3.11 or newer: $(PYTHON) is not installed (Debian: apt install python3 python3-venv)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Matinee needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Name another one with: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) lacks its venv module (Debian: apt install python3-venv)."; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing requirements.txt"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing requirements-dev.txt"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/.uv: | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

# hls.js, for browsers that cannot play HLS by themselves. Without npm everything else works.
node_modules/.stamp: package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing hls.js" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	elif [ "$(REQUIRE_ALL)" = 1 ]; then \
		echo "npm is not installed, and REQUIRE_ALL=1."; exit 1; \
	else \
		echo "npm is not installed (Debian: apt install npm): films will play only where the browser knows HLS itself."; \
	fi

# And what tests look at the pages with.
node_modules/.development: package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing hls.js and axe-core" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && \
			touch node_modules/.stamp $@; \
	elif [ "$(REQUIRE_ALL)" = 1 ]; then \
		echo "npm is not installed, and REQUIRE_ALL=1."; exit 1; \
	else \
		echo "npm is not installed (Debian: apt install npm): the tests that need it are skipped."; \
	fi
