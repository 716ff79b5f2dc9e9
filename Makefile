# Every command. `make` alone lists them.

# Python keeps what it has compiled, whatever the environment says: the tests start it some
# hundred times, and would compile all packages each time.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
T ?=
N ?= 1000000
# Two files of tests at a time, each with a server of its own, unless T names some.
BESIDE := $(if $(T),,--numprocesses 2 --dist loadfile --no-loadscope-reorder)

.DEFAULT_GOAL := help
.PHONY: help run test bench check lint types vulns quick format venv

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile

run: venv ## Start CDR-Stats; Ctrl-C stops all of it
	@exec $(PYTHON) -m cdrstats up

test: venv ## All tests, on PostgreSQL 18; T=tests/test_x.py for some
	@exec $(PYTHON) -m pytest -q $(BESIDE) $(T)

bench: venv ## Measure, at 1 M calls; N=10000000 for the record
	@N=$(N) exec $(PYTHON) -m bench

check: lint types test ## All that must pass

lint: venv ## Style, imports, unused code, SQL made of strings, what is unsafe
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .
	@$(PYTHON) -m bandit -q -r -c pyproject.toml app.py pages cdrstats jobs

types: venv ## mypy, strict
	@$(PYTHON) -m mypy

vulns: venv ## Known weaknesses of the packages; asks pypi.org
	@$(PYTHON) -m pip_audit --strict --requirement requirements.txt --no-deps --disable-pip

quick: venv ## The tests that need no database
	@exec $(PYTHON) -m pytest -q -m "not db and not slow and not browser" $(T)

format: venv ## Rewrite the files in the house style
	@$(PYTHON) -m ruff format . && $(PYTHON) -m ruff check --fix .

venv:
	@sh .ci/venv
