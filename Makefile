# `make` alone lists the targets. What is installed goes to .venv and nowhere else.

SHELL := /bin/bash
.DEFAULT_GOAL := help
# Keeps make's own "Entering directory" out of the JSON lines of `make demo ARGS="--exit --json"`.
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
ARGS ?=
BENCH ?= pipeline
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Tests that run at a time, each with services of its own: most of them wait. One thread for each: PyTorch's wait for
# each other in loops.
WORKERS ?= 3

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: setup
setup: .venv/.installed ## Create .venv and install everything (again only when a requirement changed)

.venv/.installed: pyproject.toml client/pyproject.toml requirements/embedded.txt requirements/models.txt requirements/lock.txt
	@PYTHON='$(PYTHON)' requirements/install.sh
	@touch $@

.PHONY: demo
demo: setup ## Run everything on sample articles; ARGS="--exit --json" prints the records and stops
	@$(BIN)/groundswell demo $(ARGS)

.PHONY: test
test: setup system-packages ## Run all tests; ARGS go to pytest
	@OMP_NUM_THREADS=1 $(PYTEST) -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: test-crash
test-crash: setup ## Run the tests that kill processes under load, the long ones too (hours)
	@$(PYTEST) -m crash -s $(ARGS)

.PHONY: test-week
test-week: setup ## Live through a week of articles, and a burst of 50,000, and print what is held (ten minutes)
	@$(PYTEST) -m "long or not long" -s tests/week $(ARGS)

.PHONY: test-bench
test-bench: setup ## Run every part of groundswell bench at its smallest
	@$(PYTEST) -m "long or not long" tests/bench $(ARGS)

# Files whose property tests feed a parser or decoder; the others guard rules of their own.
FUZZED := tests/fuzz $(wildcard tests/unit/producers/test_feed_*.py tests/unit/test_*.py tests/unit/kafka/*.py \
  tests/unit/clustering/test_codec.py tests/unit/client/*.py)

.PHONY: test-fuzz
test-fuzz: setup ## Feed every parser and API 100,000 made-up inputs and more, and print how many
	@$(PYTEST) --hypothesis-profile=fuzz --hypothesis-show-statistics --timeout=3000 -p tests.fuzz.counting \
	  -n $(WORKERS) $(FUZZED) $(ARGS)

.PHONY: test-operations
test-operations: setup system-packages ## Run the tests of deployment and monitoring
	@$(PYTEST) $(wildcard tests/operations tests/unit/deployment) $(ARGS)

# Only what is missing, and only what Debian alone has: a Redis that speaks TLS; Java for testing on Apache Kafka itself.
.PHONY: system-packages
system-packages:
	@command -v chromium >/dev/null || requirements/debian.sh chromium
	@[ -n "$$DOCKER_COMPOSE" ] || [ -x .venv/compose/docker-compose ] || requirements/compose.sh .venv/compose
	@[ -n "$$HELM" ] || [ -x .venv/helm/helm ] || PYTHON=$(BIN)/python requirements/helm.sh .venv/helm
	@command -v promtool >/dev/null || requirements/debian.sh prometheus
	@command -v amtool >/dev/null || requirements/debian.sh prometheus-alertmanager
	@command -v redis-server >/dev/null || requirements/debian.sh redis-server
	@[ -z "$$KAFKA_HOME" ] || command -v java >/dev/null || requirements/debian.sh openjdk-17-jre-headless

.PHONY: mutants
mutants: setup ## Put small breakages into the code and print which no test notices (an hour)
	@$(BIN)/python -m pip install -qq -c requirements/lock.txt --group mutants
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.mutants.run --workers $(WORKERS) $(ARGS) >/dev/null
	@$(BIN)/python -m benchmarks.mutants

.PHONY: lint
lint: setup ## Check style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

.PHONY: bench
bench: setup ## Measure; BENCH=encode, pipeline, index, scale, latency or peers; or board, record
	@$(if $(wildcard benchmarks/$(BENCH)/),$(BIN)/python -m benchmarks.$(BENCH),$(BIN)/groundswell bench $(BENCH)) $(ARGS)

.PHONY: pictures
pictures: setup ## Draw the SVGs in docs/images from the texts beside them
	@$(BIN)/python -m benchmarks.pictures

.PHONY: dashboards
dashboards: setup ## Write Grafana's dashboards from configs/grafana/panels.yml
	@$(BIN)/python -m benchmarks.dashboards

.PHONY: messages
messages: setup ## Bring the board's catalogues up to date with what templates and code say
	@pot=$$(mktemp) && $(BIN)/pybabel -q extract -F consumers/board/interface/babel.cfg -k _n:1,2 --no-location \
		--sort-output -o $$pot . && for each in es de fr; do $(BIN)/pybabel -q update -i $$pot -l $$each \
		--no-fuzzy-matching --ignore-obsolete -w 1000 -o consumers/board/interface/catalogs/$$each.po; done; rm -f $$pot

.PHONY: lock
lock: ## Write requirements/lock.txt again from pyproject.toml
	@PYTHON='$(PYTHON)' requirements/lock.sh

.PHONY: lock-hashes
lock-hashes: setup ## Print the hashes for requirements/embedded.txt, models.txt and the binaries
	@requirements/hashes.sh
