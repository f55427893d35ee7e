# Everything a newcomer needs is here: `make demo` and `make test` set up what they use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench clean help

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/base: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 demo"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[documents,reports]'
	@touch $@

$(VENV)/dev: pyproject.toml $(VENV)/base
	@echo "setting up the test tools (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

CASE ?= x-corporation
demo: $(VENV)/base ## answer for X Corporation and write the report into build/ in every format
	@$(BIN)/crosswalk demo --case $(CASE) --into build

test: $(VENV)/dev ## run the tests
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile

check: $(VENV)/dev ## lint, types, layers, quality of the knowledge
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/crosswalk mappings format --check
	@mkdir -p build && $(BIN)/crosswalk quality --format csv --out build/quality.csv; \
	  code=$$?; cat build/quality.csv; exit $$code

$(VENV)/bench: pyproject.toml $(VENV)/base
	@echo "setting up what is measured beside (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[serve]' \
	  || { echo "the service could not be set up: it is left out"; }
	@for one in oxigraph pyshacl-turbo pyshifty rdflib-endpoint; do \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: $$one \
	    || echo "$$one could not be set up: it is left out"; \
	done
	@touch $@

BENCH ?=
bench: $(VENV)/bench ## measure what it costs on generated evidence, beside other tools, into build/bench (BENCH=--quick)
	@$(BIN)/crosswalk bench --out build/bench $(BENCH)

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist
