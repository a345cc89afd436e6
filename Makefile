# `make demo` tells mlspec's story, `make test` checks everything. Both make their own environment in .venv first.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# without bytecode every one of the many short processes would compile what it imports
unexport PYTHONDONTWRITEBYTECODE
export PYTHON ?= python3
VENV ?= .venv
BIN := $(abspath $(VENV))/bin
export PATH := $(BIN):$(PATH)
# what the demo needs is part of what the tests need
RUN_ENV := $(firstword $(wildcard $(VENV)/test.stamp) $(VENV)/run.stamp)
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --annotation-style line
SCRIPTS := .ci/run requirements/install requirements/install-gitlab-ci-local tests/engine/proxy-image

help: ## show this help
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(RUN_ENV) ## init, apply, break, hold, revert: mlspec's story in a scratch folder, each step checked
	$(BIN)/python docs/demo.py

test: lint unit ## everything that CI checks

lint: $(VENV)/test.stamp ## style, types, floors between packages, workflows, scripts
	ruff check --quiet
	ruff format --check --quiet
	mypy --no-error-summary
	lint-imports --no-cache | tail -n 3
	yamllint --strict .
	actionlint .github/workflows/*.yml
	zizmor --offline --pedantic --strict-collection -q --no-progress .github/workflows .github/actions
	shellcheck $(SCRIPTS)

unit: without-engine with-engine ## all tests, the slow ones too; PYTEST_ARGS=... to choose, -j 2 for both halves at once

without-engine: $(VENV)/test.stamp # nothing chosen (5) is no failure
	pytest -n 2 --engine=without $(PYTEST_ARGS) || [ $$? -eq 5 ]

# one by one: they share the engine, and mostly wait for it
with-engine: $(VENV)/test.stamp
	pytest --engine=only $(PYTEST_ARGS) || [ $$? -eq 5 ]

bench: $(VENV)/test.stamp ## the figures: `mlspec --version`, a plan that finds nothing to do, requests a second
	$(BIN)/python benchmarks/version.py
	$(BIN)/python benchmarks/plan.py
	$(BIN)/python benchmarks/serving.py

gitlab-ci-local: $(VENV)/gitlab-ci-local.stamp ## install what runs GitLab's pipelines in tests; without it those are skipped

lock: $(VENV)/test.stamp ## write requirements/*.lock anew from pyproject.toml (UPGRADE=--upgrade for the newest)
	$(COMPILE) $(UPGRADE) pyproject.toml --all-extras --group build --group lint --group test -o requirements/test.lock
	$(COMPILE) pyproject.toml -c requirements/test.lock -o requirements/run.lock
	$(COMPILE) --group build -c requirements/test.lock -o requirements/build.lock
	$(COMPILE) --group gitlab $(UPGRADE) -o requirements/gitlab.lock
	$(COMPILE) --group mlflow $(UPGRADE) -o requirements/mlflow.lock

clean: ## remove what was made here, the environment included
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/gitlab-ci-local.stamp: requirements/gitlab.lock $(wildcard requirements/gitlab-ci-local/*.json) $(VENV)/test.stamp
	@requirements/install-gitlab-ci-local $(VENV)
	@touch $@

$(VENV)/%.stamp: requirements/%.lock requirements/build.lock requirements/install pyproject.toml
	@requirements/install $(VENV) $*
	@touch $@

.PHONY: help demo test lint unit without-engine with-engine bench gitlab-ci-local lock clean
