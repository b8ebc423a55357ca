# Everything is set up by tools/setup.py inside this folder; only Python 3.11 or newer must be there already.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
REPORTS := .cache/junit
PYTEST := $(BIN)/python -m pytest
IN_TWO := --numprocesses 2 --dist loadfile --no-loadscope-reorder
DIST ?= dist
# The user's settings of Python, Node and package tools change nothing here, except where packages come from.
RULES := $(subst *,%,$(shell sed '/^\#/d' tools/variables.ignore))
unexport $(filter-out $(subst !,,$(filter !%,$(RULES))),$(filter $(filter-out !%,$(RULES)),$(.VARIABLES)))
export PYTHONUTF8 := 1
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --custom-compile-command "make lock"

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what the project needs into this folder
	@$(PYTHON) tools/setup.py

up: setup ## synthesize, deploy to this machine, serve on http://localhost:$${PORT:-8080}
	@exec $(BIN)/python -m local

check: setup lint ## lint and the quick tests (90 s): after each change
	@$(PYTEST) $(IN_TWO) -m "not slow and not proof" --junitxml $(REPORTS)/check.xml $(ARGS)

test: setup ## a test of every kind, the quick ones included (7 min)
	@$(PYTEST) $(IN_TWO) -m "not proof" --junitxml $(REPORTS)/test.xml $(ARGS)

proof: setup ## every other case, all drills, 20 000 made-up calls, a sample of mutants (20 min)
	@$(PYTEST) $(IN_TWO) -m proof --junitxml $(REPORTS)/proof.xml
	@$(MAKE) --no-print-directory drill
	@$(MAKE) --no-print-directory -j 2 --output-sync=target fuzz mutation-sample

drill: setup ## lose each region under load, in every way, and count what it cost
	@$(BIN)/python -m tools.drill $(ARGS)

permissions: setup ## run the tests that start a cloud, and list which permissions they used
	@$(BIN)/python -m tools.permissions $(ARGS)

fuzz: setup ## 20 000 calls by openapi.json, right and wrong ones
	@FUZZ_CALLS=20000 $(PYTEST) tests/lambdas/test_fuzz.py -q -s --timeout=1800 --junitxml $(REPORTS)/fuzz.xml $(ARGS)

mutation: setup ## change users/ and web/ in small ways, and see whether a test notices (hours)
	@$(BIN)/python -m tools.mutation $(ARGS)

mutation-sample: setup ## the same with a few of the changes, always the same ones (4 min)
	@$(BIN)/python -m tools.mutation --sample $(ARGS)

coverage: setup ## branches of lambdas/ and twinhull/ that no test takes; fails when there is one
	@$(PYTEST) tests/lambdas -q --ignore tests/lambdas/test_fuzz.py --cov=lambdas $(ARGS)
	@$(PYTEST) tests/alarms tests/drills tests/ops tests/packaging tests/templates tests/watchdog -q --cov=twinhull $(ARGS)

lint: setup ## formatting, types, and the arrows between the packages
	@$(BIN)/ruff check && $(BIN)/ruff format --check && PYTHONPATH=.:lambdas $(BIN)/lint-imports --no-cache && $(BIN)/mypy

synth: setup ## the CloudFormation templates, into cdk.out
	@PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/cdk synth --quiet $(ARGS)

deploy: setup ## to AWS, one stack after the other
	@$(BIN)/python -m tools.before_deploy
	@PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/cdk deploy --all --concurrency 1 $(ARGS)

wheel: setup ## the constructs and the operators' commands, into dist
	@$(BIN)/uv build --quiet --wheel --python $(BIN)/python --out-dir $(DIST)

bench: setup ## the figures that the documentation names
	@$(BIN)/python -m benchmarks.synth
	@PYTHONPATH=lambdas $(BIN)/python -m benchmarks.lists
	@$(BIN)/python -m benchmarks.protection

lock: setup ## resolve the dependencies anew
	@$(LOCK) --python-version 3.13 lambdas/requirements.in -o lambdas/requirements.txt
	@$(LOCK) --python-version 3.13 twinhull/watchdog/requirements.in -o twinhull/watchdog/requirements.txt
	@$(LOCK) --python-version 3.11 pyproject.toml --extra ops --group dev -c lambdas/requirements.txt -o requirements-dev.txt
	@$(LOCK) --python-version 3.11 pyproject.toml --group app -c requirements-dev.txt -o requirements.txt
	@$(LOCK) --python-version 3.11 local/requirements.in -o local/requirements.txt
	@$(LOCK) --python-version 3.11 tools/mutation.in -o tools/mutation.txt
	@$(BIN)/npm install --package-lock-only

clean: ## forget all data, templates and packages (installed tools stay)
	@rm -rf .local .cache cdk.out build dist

.PHONY: help setup up check test proof drill permissions fuzz mutation mutation-sample coverage lint synth deploy wheel bench lock clean
