# Everything is set up by tools/setup.py inside this folder; only Python 3.11 or newer must be there already.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
DIST ?= dist
# The user's settings of Python, Node and package tools change nothing here, except where packages come from.
RULES := $(subst *,%,$(shell sed '/^\#/d' tools/variables.ignore))
unexport $(filter-out $(subst !,,$(filter !%,$(RULES))),$(filter $(filter-out !%,$(RULES)),$(.VARIABLES)))
export PYTHONUTF8 := 1
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --custom-compile-command "make lock"

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what the project needs into this folder
	@$(PYTHON) tools/setup.py

up: setup ## synthesize, deploy to this machine, serve on http://localhost:$${PORT:-8080}
	@exec $(BIN)/python -m local

test: setup ## all tests, in two processes
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

drill: setup ## lose each region under load, in every way, and count what it cost
	@$(BIN)/python -m tools.drill $(ARGS)

permissions: setup ## run the tests that start a cloud, and list which permissions they used
	@$(BIN)/python -m tools.permissions $(ARGS)

fuzz: setup ## 20 000 calls by openapi.json, right and wrong ones
	@FUZZ_CALLS=20000 $(BIN)/python -m pytest tests/lambdas/test_fuzz.py -q -s --timeout=1800 $(ARGS)

mutation: setup ## change the domain in small ways, and see whether a test notices (an hour or more)
	@$(BIN)/python -m tools.mutation $(ARGS)

coverage: setup ## branches of lambdas/ and twinhull/ that no test takes; fails when there is one
	@$(BIN)/python -m pytest tests/lambdas -q --ignore tests/lambdas/test_fuzz.py --cov=lambdas $(ARGS)
	@$(BIN)/python -m pytest tests/alarms tests/drills tests/ops tests/templates tests/watchdog -q --cov=twinhull $(ARGS)

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
	@$(LOCK) --python-version 3.13 lambdas/functions/*/requirements.in -o lambdas/requirements.txt
	@$(LOCK) --python-version 3.13 twinhull/watchdog/requirements.in -o twinhull/watchdog/requirements.txt
	@$(LOCK) --python-version 3.11 pyproject.toml --extra ops --group dev -c lambdas/requirements.txt -o requirements-dev.txt
	@$(LOCK) --python-version 3.11 pyproject.toml --group app -c requirements-dev.txt -o requirements.txt
	@$(LOCK) --python-version 3.11 local/requirements.in -o local/requirements.txt
	@$(LOCK) --python-version 3.11 tools/mutation.in -o tools/mutation.txt
	@$(BIN)/npm install --package-lock-only

clean: ## forget all data, templates and packages (installed tools stay)
	@rm -rf .local .cache cdk.out build dist

.PHONY: help setup up test drill permissions fuzz mutation coverage lint synth deploy wheel bench lock clean
