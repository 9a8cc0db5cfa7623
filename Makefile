# graphgrow: `make demo` and `make test` work on a fresh clone with no other step.
#
# PYTHON       the interpreter that .venv is made from; 3.11 or newer.
# TORCH_INDEX  empty: torch comes from the package index that pip is set up with. On Linux that build brings several
#              gigabytes of accelerator libraries; without an accelerator, name the CPU wheel index that PyTorch's
#              installation page gives: make demo TORCH_INDEX=<address>.
# GRAPHGROW_DATA  folder of data sets; ../shared/data is taken where it exists and the variable is unset.

PYTHON ?= python3
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet

ifndef GRAPHGROW_DATA
ifneq ($(wildcard ../shared/data/.),)
export GRAPHGROW_DATA := $(CURDIR)/../shared/data
endif
endif

.DEFAULT_GOAL := help
.PHONY: help demo test test-networkx install clean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

demo: $(STAMP)  ## grow a first network and write its report and figures
	@touch $(VENV)/.demo
	$(BIN)/python -m sims.first_growth
	@report=$$(find results -name report.md -newer $(VENV)/.demo 2>/dev/null | head -n 1); \
	if [ -z "$$report" ]; then echo "make demo: expected sims.first_growth to write a report.md under results/, got none" >&2; exit 1; fi; \
	echo "report:  $$report"; \
	echo "figures:"; find "$$(dirname "$$report")" \( -name '*.png' -o -name '*.svg' -o -name '*.pdf' \) | sort | sed 's/^/  /'

test: $(STAMP)  ## style, types, import rules, tests and doctests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 2 --doctest-modules --doctest-ignore-import-errors tests graphgrow analysis

test-networkx: $(STAMP)  ## networkx' own tests through our backend, and how many of their calls ran here
	$(BIN)/python -m tests.networkx_suite

install: $(STAMP)  ## make .venv with everything that demo and test need

# torch goes first and alone: what comes after finds it there and has no reason to fetch another build. Its own
# dependencies follow with the rest, under the constraints.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "graphgrow needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) --version 2>&1): use make PYTHON=python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	    rm -rf $(VENV); echo "$(PYTHON) could not make $(VENV): install its venv module (Debian: python3-venv)" >&2; exit 1; }
	@echo "installing into $(VENV) (torch first; some minutes the first time)"
	$(PIP) --no-deps $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$$(grep '^torch==' constraints.txt)"
	$(PIP) -c constraints.txt -e '.[test]'
	@touch $@

clean:  ## remove .venv and caches; results stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
