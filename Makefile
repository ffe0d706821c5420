# Two commands matter: `make chat` and `make test`. Both set up what they need in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := bots core db alembic tests bench

.PHONY: help chat test trials mutants lint bench lock clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

chat: $(VENV)/runs  ## set up, and talk with Todd in this terminal
	@$(BIN)/todd chat

test: $(VENV)/tests  ## set up, and run all tests (a real PostgreSQL included)
	@$(BIN)/python -m pytest -q -n 3 --dist loadgroup

trials: $(VENV)/tests  ## the fault trials at length: kills, stops, restarts
	@TODD_TRIALS=long $(BIN)/python -m pytest -q -m trial --timeout 1800 -s

mutants: $(VENV)/tests  ## small changes of meaning, and whether a test notices (MINUTES=20)
	@$(BIN)/python -m bench.mutants $(or $(MINUTES),20)

lint: $(VENV)/tests  ## ruff and mypy
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy

bench: $(VENV)/tests  ## measure; docs/performance.md quotes it
	@$(BIN)/python -m bench

lock: $(VENV)/tests  ## pin the dependencies anew, with hashes, without index addresses
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command 'make lock' pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command 'make lock' --extra dev pyproject.toml -o requirements-dev.txt

clean:  ## remove what setting up made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info build

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Todd needs Python 3.11 or newer; `make PYTHON=python3.12 …` names another one.'; exit 1; }
	@echo 'Setting up in $(VENV) …'
	@$(PYTHON) -m venv $(VENV) || \
	  { echo 'This Python cannot make virtual environments (on Debian and Ubuntu: apt install python3-venv).'; rm -rf $(VENV); exit 1; }
	@touch $@

# A .pth file stands in for an editable install: the same effect, nothing to build, nothing to download unpinned.
$(VENV)/runs: $(VENV)/made requirements.txt pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-input --require-hashes -r requirements.txt
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "todd.pth").write_text(str(pathlib.Path.cwd()))'
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m bots "$$@"\n' > $(BIN)/todd && chmod +x $(BIN)/todd
	@touch $@

$(VENV)/tests: $(VENV)/runs requirements-dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-input --require-hashes -r requirements-dev.txt
	@touch $@
