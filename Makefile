# One task list for people, hooks and CI. Needs a supported Python (3.11 to 3.13) and make; everything else goes into .venv.
VENV := .venv
SHELL := /bin/bash
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= out/demo
HUB_DEMO ?= out/hub-demo
# Groups of tests go to the processes as they stand in the folders: by their number of tests, the longest would come last.
PARALLEL := --numprocesses 2 --dist loadfile --no-loadscope-reorder
# They train and score first of all, so numba compiles nearly everything in them. In each process of a parallel run that
# would happen again; here it takes the core that mypy leaves free.
FIRST_TESTS := tests/cli/test_cli.py
# Where Python is set not to keep compiled files, every command's imports take three times as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run up test test-first test-slow test-part check lint format types imports hooks lock messages vendor bento ui dashboard drift-ui bench soak compiled-anew clean

help: ## Show the tasks
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: $(READY) ## Put everything into .venv
$(READY): requirements.lock pyproject.toml
	@set -e; python="$(PYTHON)"; python="$${python:-$$(.ci/find-python | head -n 1)}"; \
	test -n "$$python" || { echo "hotleads needs Python 3.11, 3.12 or 3.13 with its venv module (on Debian:" \
		"apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python"; exit 1; }; \
	echo "setting up $(VENV) with $$python"; "$$python" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	mkdir -p $(VENV)/named && ln -sfn $(CURDIR)/src $(VENV)/named/hotleads
	touch $@

run: setup ## The main job on data/sample: backtest, train, score the next launch
	$(BIN)/hotleads demo --out $(DEMO)

up: setup ## The hub's pages on this machine, filled with an invented business
	$(BIN)/hotleads up --demo --data $(HUB_DEMO)

test: setup ## All checks and the tests
	$(MAKE) --no-print-directory --jobs 2 test-first check
	$(BIN)/pytest -m "not slow" $(PARALLEL) --ignore $(FIRST_TESTS)

test-first: setup
	$(BIN)/pytest -m "not slow" $(FIRST_TESTS)

test-slow: setup ## The tests that take long
	$(BIN)/pytest -m slow $(PARALLEL)

test-part: setup ## Three minutes of the tests: what another Python could change
	$(BIN)/pytest -m "not slow" $(PARALLEL) \
		tests/test_package.py tests/features tests/scoring tests/history/test_cohort.py tests/history/test_ledger_memory.py

check: lint types imports ## Lint, types and import floors

lint: setup ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict on src
	$(BIN)/mypy

imports: setup ## import-linter: imports run downwards only
	$(BIN)/lint-imports

format: setup ## Rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: setup ## Run the checks before every commit
	$(BIN)/pre-commit install

lock: setup ## Renew the lock files (no index address; the core's, for the bento, is of Linux)
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra notebook --extra hub --universal --generate-hashes \
		--no-emit-index-url --no-header --python-version 3.11 --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --constraints requirements.lock --python-platform linux --no-annotate \
		--no-emit-index-url --no-header --python-version 3.11 --quiet --output-file requirements-core.lock

messages: setup ## Take the texts that people see into the catalogues, and compile them
	$(BIN)/python .ci/messages.py

vendor: ## Fetch the front-end files anew, as each vendor/packages.json of src names them (needs npm)
	.ci/vendor

bento: setup ## Build the scoring service into a bento, which serves where the project is not installed
	rm -rf build
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --target build/bento .
	cp requirements-core.lock docs/serving.md build/bento
	BENTOML_DO_NOT_TRACK=True $(BIN)/bentoml build --bentofile $(CURDIR)/bentofile.yaml build/bento

ui: setup ## The MLflow UI on the project's runs
	mkdir -p mlruns
	$(BIN)/mlflow ui --backend-store-uri sqlite:///$(CURDIR)/mlruns/mlflow.db

drift-ui: setup ## The Evidently UI on the launches that `hotleads monitor` has seen
	DO_NOT_TRACK=1 $(BIN)/evidently ui --workspace $(CURDIR)/out/workspace

dashboard: setup ## Optuna's own dashboard on the latest study
	$(BIN)/optuna-dashboard "$$(ls -t mlruns/artifacts/*/artifacts/study.log | head -n 1)"

bench: setup ## The benchmarks, but for benchmarks/learner.py, which takes an hour
	@for file in $(filter-out benchmarks/learner%,$(wildcard benchmarks/*.py)); do echo "== $$file"; $(BIN)/python $$file || exit 1; done

SOAK := "feature_table --purchases 50000000 --rivals duckdb" "importing --purchases 10000000" \
	"million_leads --leads 1000000" "simulate --leads 400000" "at_size --leads 100000" "monitor" "data_check" \
	"hub_feed --purchases 10000000" "judge --runs 200" "judge --leads 1000000" \
	"drift" "gate --repetitions 100" "interval_coverage --launches 1000" "forecast_coverage --launches 200" \
	"small_sellers --seeds 100" "learner" "inbox" "inbox --kills 20" "connectors" \
	"hub_launch_day --leads 1000000" "hub_pages" "hostile_bodies --seconds 600"

soak: setup ## The studies and the fault tests at full size (hours); what each prints is kept in out/soak
	mkdir -p out/soak
	$(BIN)/pytest -m slow --soak 2>&1 | tee out/soak/tests.txt
	@set -e -o pipefail; for study in $(SOAK); do set -- $$study; echo "== $$study"; file=$$1; shift; \
		$(BIN)/python benchmarks/$$file.py "$$@" 2>&1 | tee "out/soak/$${study// /}.txt"; done

compiled-anew: ## Forget what numba has compiled
	find src -name '*.nb[ic]' -delete

clean: compiled-anew ## Remove what the tasks made, .venv included
	rm -rf $(VENV) out mlruns .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
