# Newsstand. Each target makes what it needs; `make run` and `make test` work on a fresh machine with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORPORA ?= corpora
HOST ?= 127.0.0.1
PORT ?= 8000
.DEFAULT_GOAL := help
.PHONY: help run test check check-slow bench bench-quality bench-reliability model format clean

help:  ## what you can do here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-18s %s\n", $$1, $$2}'

# pip builds the compiled kernel with a compiler that it fetches itself; anything that changes it rebuilds.
BUILD_INPUTS := pyproject.toml hatch_build.py $(wildcard newsstand/kernel/*.c newsstand/kernel/*.h)

$(BIN)/python:
	@echo "Making a Python environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Newsstand needs Python 3.11 or newer: set PYTHON=python3.12, for example"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.service: $(BIN)/python $(BUILD_INPUTS)
	@echo "Installing Newsstand with its service"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[service]'
	@touch $@

$(VENV)/.dev: $(BIN)/python $(BUILD_INPUTS)
	@echo "Installing Newsstand with everything its development needs"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.service

run: $(VENV)/.service  ## set everything up and serve the default model on http://127.0.0.1:8000
	@$(BIN)/newsstand serve --host $(HOST) --port $(PORT)

test: $(VENV)/.dev  ## set everything up and run the tests
	@$(BIN)/pytest -m 'not slow' -n auto

check: $(VENV)/.dev  ## style, types, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# The tests of the web page drive a Chromium that is installed here; without one they are skipped.
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM

$(VENV)/.oip: $(VENV)/.dev
	@echo "Installing a client of the Open Inference Protocol for tests"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[oip]'
	@touch $@

$(VENV)/.browser: $(VENV)/.dev
	@echo "Installing what drives the browser in tests"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[browser]'
	@touch $@

# How long all that reads input from outside is given inputs that are almost right, in all.
FUZZ_SECONDS ?= 600

$(VENV)/.deploy: $(VENV)/.dev
	@echo "Installing what lints the files under deploy/"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[deploy]'
	@touch $@

check-slow: $(VENV)/.dev $(VENV)/.oip $(VENV)/.deploy $(if $(CHROMIUM),$(VENV)/.browser)  ## the checks that take minutes, with a browser and other clients
	@NEWSSTAND_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest -m slow || test $$? -eq 5  # 5: no test is slow

format: $(VENV)/.dev  ## let ruff lay out the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

ALLSIDES ?= $(CORPORA)/Article-Bias-Prediction.zip
BBC ?= $(CORPORA)/bbc-fulltext.zip
RUN_NAME ?= $(shell date -u +%Y-%m-%d)-en-news

$(CORPORA)/Article-Bias-Prediction.zip: | $(VENV)/.dev
	@$(BIN)/newsstand corpus fetch allsides -o $(CORPORA)

$(CORPORA)/bbc-fulltext.zip: | $(VENV)/.dev
	@$(BIN)/newsstand corpus fetch bbc -o $(CORPORA)

$(CORPORA)/allsides.jsonl: data/taxonomy.toml | $(VENV)/.dev
	@mkdir -p $(CORPORA)
	@test "$(ALLSIDES)" != "$(CORPORA)/Article-Bias-Prediction.zip" || $(MAKE) --no-print-directory $(ALLSIDES)
	@$(BIN)/newsstand corpus import allsides $(ALLSIDES) -o $@

$(CORPORA)/allsides-published.jsonl: $(CORPORA)/allsides.jsonl
	@$(BIN)/newsstand corpus import allsides $(ALLSIDES) --published-labels -o $@

$(CORPORA)/bbc.jsonl: data/taxonomy.toml | $(VENV)/.dev
	@mkdir -p $(CORPORA)
	@test "$(BBC)" != "$(CORPORA)/bbc-fulltext.zip" || $(MAKE) --no-print-directory $(BBC)
	@$(BIN)/newsstand corpus import bbc $(BBC) -o $@

# A folder with corpora of stances as their publishers give them, in folders named newsmtsc, emergent, vast and
# semeval2016-task6. Without it, stances are learned from the texts in data/ and from AllSides alone.
STANCE_CORPORA ?=
STANCE_FILES := $(CORPORA)/stance-allsides-stances.jsonl $(if $(STANCE_CORPORA),$(patsubst %,$(CORPORA)/stance-%.jsonl,newsmtsc emergent vast semeval2016-task6))
STANCE_WEIGHTS := --stance-weight newsstand-stances-short-posts=0.25 $(if $(STANCE_CORPORA),--stance-weight vast=0.25 --stance-weight semeval2016-task6=0.25)
ENCODER ?= champion

$(CORPORA)/stance-allsides-stances.jsonl: data/allsides-stances.csv $(CORPORA)/allsides.jsonl | $(VENV)/.dev
	@$(BIN)/newsstand corpus import allsides-stances $(ALLSIDES) --part train -o $@

$(CORPORA)/stance-%.jsonl: | $(VENV)/.dev
	@mkdir -p $(CORPORA)
	@$(BIN)/newsstand corpus import $* $(STANCE_CORPORA)/$* --part train -o $@

# Comments and posts, written to take a side, count less than news. The encoder is taken over: fine-tuning one takes an hour.
model: $(VENV)/.dev $(CORPORA)/allsides.jsonl $(CORPORA)/bbc.jsonl $(STANCE_FILES)  ## train the default model anew (own copies: ALLSIDES=PATH BBC=PATH STANCE_CORPORA=DIR)
	@$(BIN)/newsstand train $(CORPORA)/allsides.jsonl $(CORPORA)/bbc.jsonl data/no-news.jsonl data/sample/*.jsonl data/stances/*.jsonl $(STANCE_FILES) \
		$(STANCE_WEIGHTS) --encoder $(ENCODER) --name $(RUN_NAME)

bench: $(VENV)/.dev $(CORPORA)/allsides-published.jsonl  ## measure speed and quality beside what you would use instead
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	@$(BIN)/python -m bench --corpus $(CORPORA)/allsides-published.jsonl

REUTERS ?= $(CORPORA)/reuters21578.tar.gz
NEWSGROUPS ?= $(CORPORA)/20news-bydate.tar.gz

$(CORPORA)/reuters21578.tar.gz $(CORPORA)/20news-bydate.tar.gz:
	@echo "Put $(@F) into $(@D), or say where it is: make bench-quality REUTERS=PATH NEWSGROUPS=PATH BBC=PATH"; exit 1

bench-quality: $(VENV)/.dev $(REUTERS) $(NEWSGROUPS) $(BBC) $(CORPORA)/allsides.jsonl  ## measure quality on Reuters, 20 Newsgroups, BBC, AllSides and texts that are no news (REUTERS=PATH NEWSGROUPS=PATH BBC=PATH)
	@$(BIN)/python -m bench.quality --reuters $(REUTERS) --newsgroups $(NEWSGROUPS) --bbc $(BBC) --write
	@$(BIN)/python -m bench.precision $(CORPORA)/allsides.jsonl --write
	@$(BIN)/python -m bench.off_topic --write
bench-reliability: $(VENV)/.dev  ## load the service, break things, and see what it does: 10 minutes, not for a machine in use
	@$(BIN)/python -m bench.reliability

clean:  ## remove what make built here
	rm -rf $(VENV) build dist newsstand/kernel/_kernel*.so
