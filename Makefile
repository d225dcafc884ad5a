# Two commands set everything up on a fresh machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench mutants clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --group needs pip 25.1. The tools go in before our packages, so that those are built by the pinned hatchling.
$(STAMP): pyproject.toml conformance/pyproject.toml audit/pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(VENV) (once, about half a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) pip
	@$(PIP_INSTALL) --group dev
	@$(PIP_INSTALL) --no-build-isolation --editable '.[prices]' --editable ./conformance --editable ./audit
	@touch $(STAMP)

demo: $(STAMP) ## Install, then run the conformance matrix on the bundled cassettes and the audit of this repository
	@$(BIN)/massgen-conformance run --provider all
	@$(BIN)/massgen-audit matrix
	@$(BIN)/massgen-audit check

test: $(STAMP) ## Install, then run every test
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

lint: $(STAMP) ## Install, then ruff and mypy (strict)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: $(STAMP) ## Rewrite the sources in the house format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(STAMP) ## Measure ours beside the vendors' SDKs in one run
	@$(BIN)/python -m bench

mutants: $(STAMP) ## Plant bugs in our own backends and see which the kit notices (N=30 of them)
	@$(BIN)/python -m tools.mutants --sample $(or $(N),30)

clean: ## Remove the environment and every cache
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
