# What a developer types. `make help` lists it.

# The first Python that is new enough and can make a virtual environment. The machine's own
# `python3` comes first: a system may hold a newer one that lacks the venv module.
WORKING_PYTHON := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c '$(WORKING_PYTHON)' 2>/dev/null && { echo "$$p"; break; }; done)

BIN := .venv/bin
INSTALLED := .venv/installed
MODEL_BIN := .venv-model/bin
MODEL_INSTALLED := .venv-model/installed
# What is used is compiled when it is first used; compiling all of it takes as long as installing it.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Where it is set, as in many containers, each process compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test whole quick check lint text call accept bench chaos torture fuzz screenshot picture animation lock audit clean model vectors

help: ## list what can be typed here
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(INSTALLED) ## start the whole service on this machine, with a phone to try it
	@$(BIN)/hotline run

text: $(INSTALLED) ## text the service that `make run` started
	@$(BIN)/hotline text

call: $(INSTALLED) ## call the service that `make run` started
	@$(BIN)/hotline call

# Three processes for two cores: a test that waits for a server leaves its core to another.
PROCESSES = $(shell $(BIN)/python -c "import os; print((os.cpu_count() or 1) * 3 // 2)")
PYTEST = $(BIN)/pytest --quiet --numprocesses $(PROCESSES)
# A process that has nothing left to do takes half of what another has.
SHARED := --dist worksteal -m "not whole"
# Folders whose tests are all `whole`: not even imported by `make test`.
WHOLE := tests/browser tests/end_to_end

test: $(INSTALLED) ## run the tests, except those of `make whole`
	@$(PYTEST) $(SHARED) $(WHOLE:%=--ignore=%)

whole: $(INSTALLED) ## run the tests that drive a browser (Chromium), the service in processes of its own or many servers, or go to every place of the flows
	@$(PYTEST) --dist loadfile -m whole

# Folders whose tests start nothing.
QUICK := tests/channels tests/config tests/conversation tests/conversations tests/understanding

quick: $(INSTALLED) ## after each edit: lint what changed, and run the tests of the pure core
	@git diff --name-only --diff-filter=d HEAD -- '*.py' | xargs -r $(BIN)/ruff check
	@$(PYTEST) $(SHARED) $(QUICK) --ignore=tests/understanding/test_held_out.py  # for a change of rows or the model

lint: $(INSTALLED) ## everything `make check` does except the tests
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/hotline check --dates

check: lint test whole ## what must pass before a change goes in

accept: $(INSTALLED) ## rewrite the transcripts in tests/conversations; review the difference
	@ACCEPT=1 $(BIN)/pytest tests/conversations

bench: $(INSTALLED) ## measure memory, sends, start-up, a soak, and turns a second beside a bare survey and bare Flask (25 min)
	@$(BIN)/python bench/memory.py
	@$(BIN)/python bench/due.py
	@$(BIN)/python bench/sending.py
	@$(BIN)/python bench/sending.py --texts 4000 --workers 3 --kills 40
	@$(BIN)/python bench/processes.py
	@$(BIN)/python bench/people.py
	@$(BIN)/python bench/measure.py --pace 500,1000,1500

screenshot: $(INSTALLED) ## take the README's picture of the phone page again, docs/phone.png (needs Chromium)
	@$(BIN)/python -m tests.browser.screenshot

animation: $(INSTALLED) ## make the README's animation of a conversation again, docs/conversation.svg (needs Chromium)
	@$(BIN)/python -m tests.browser.animation

picture: $(INSTALLED) ## take the README's picture of the staff desk again, docs/desk.png (needs Chromium)
	@$(BIN)/python -m tests.browser.desk_picture

chaos: $(INSTALLED) ## kill everything at random for five minutes, and compare what was sent with what was kept
	@$(BIN)/python -m tests.chaos

torture: chaos ## the former name of chaos

fuzz: $(INSTALLED) ## make 10,000 hostile requests of every address, and judge each answer
	@$(BIN)/python -m tests.web.fuzz

model: $(MODEL_INSTALLED) ## train the reader of parents' texts from flows/examples into flows/model
	@OPENBLAS_NUM_THREADS=1 PYTHONPATH=. $(MODEL_BIN)/python -m devtools.model.train flows

vectors: $(MODEL_INSTALLED) ## make the word vectors of the model again, flows/model/vectors.npz
	@OPENBLAS_NUM_THREADS=1 PYTHONPATH=. $(MODEL_BIN)/python -m devtools.model.vectors flows/model

lock: ## choose the newest versions that pyproject.toml allows (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pipx install uv" >&2; exit 1; }
	@uv pip compile pyproject.toml --extra local --extra telemetry --group dev --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --quiet \
		--custom-compile-command "make lock" --output-file constraints.txt
	@uv pip compile pyproject.toml --constraint constraints.txt --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --quiet \
		--custom-compile-command "make lock" --output-file constraints-run.txt
	@uv pip compile pyproject.toml --extra telemetry --constraint constraints.txt --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --quiet \
		--custom-compile-command "make lock" --output-file constraints-telemetry.txt

audit: $(INSTALLED) ## look whether what is installed has faults that are known (asks the Python package index)
	@$(BIN)/python .ci/audit.py

$(MODEL_INSTALLED): constraints-model.txt
	@"$(PYTHON)" -m venv --clear .venv-model
	@$(MODEL_BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes -r constraints-model.txt
	@touch $@

clean: ## remove what was built; the data in var/ stays
	rm -rf .venv .venv-model .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info

$(INSTALLED): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer with its venv module: on Debian," \
		"apt install python3 python3-venv; or say which with make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c '$(WORKING_PYTHON)' || { echo "$(PYTHON) is not Python 3.11 or newer with" \
		"its venv module; say which to use with make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Installing into .venv, once; that takes about a minute ..."
	@"$(PYTHON)" -m venv --clear .venv
	@$(PIP) install --no-compile --require-hashes -r constraints.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
