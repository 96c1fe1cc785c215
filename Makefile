# Developer commands. `make help` lists them.

# The first Python that is new enough and can create a virtual environment. The default `python3`
# comes first: a newer one on the same machine may lack the venv module.
WORKING_PYTHON := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c '$(WORKING_PYTHON)' 2>/dev/null && { echo "$$p"; break; }; done)

BIN := .venv/bin
INSTALLED := .venv/installed
MODEL_BIN := .venv-model/bin
MODEL_INSTALLED := .venv-model/installed
# Packages are compiled on first use; compiling all of them would take as long as installing them.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Where this is set, as in many containers, every process would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test whole quick check lint text call accept bench chaos torture fuzz screenshot picture animation lock audit clean model vectors

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(INSTALLED) ## start the whole service on this machine, with a phone to try it
	@$(BIN)/hotline run

text: $(INSTALLED) ## text the service that `make run` started
	@$(BIN)/hotline text

call: $(INSTALLED) ## call the service that `make run` started
	@$(BIN)/hotline call

# Three processes for two cores: a test that waits for a server leaves its core to another test.
PROCESSES = $(shell $(BIN)/python -c "import os; print((os.cpu_count() or 1) * 3 // 2)")
PYTEST = $(BIN)/pytest --quiet --numprocesses $(PROCESSES)
# A process that runs out of tests takes half of another's.
SHARED := --dist worksteal -m "not whole"
# Folders whose tests are all `whole`; `make test` does not even import them.
WHOLE := tests/browser tests/end_to_end

test: $(INSTALLED) ## run the tests, except those of `make whole`
	@$(PYTEST) $(SHARED) $(WHOLE:%=--ignore=%)

whole: $(INSTALLED) ## run the tests that drive a browser (Chromium), the service in processes of its own or many servers, walk every path of the flows, or judge by all held-out texts
	@$(PYTEST) --dist loadfile -m whole

# Folders whose tests start no server.
QUICK := tests/channels tests/config tests/conversation tests/conversations tests/understanding

quick: $(INSTALLED) ## after each edit: lint what changed, and run the tests of the pure core
	@git diff --name-only --diff-filter=d HEAD -- '*.py' | xargs -r $(BIN)/ruff check --force-exclude
	@$(PYTEST) $(SHARED) $(QUICK) --ignore=tests/understanding/test_held_out.py  # held_out is for changes of examples or the model

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
	@$(BIN)/python -m bench.memory
	@$(BIN)/python -m bench.due
	@$(BIN)/python -m bench.sending
	@$(BIN)/python -m bench.sending --texts 4000 --workers 3 --kills 40
	@$(BIN)/python -m bench.processes
	@$(BIN)/python -m bench.people
	@$(BIN)/python -m bench.measure --pace 500,1000,1500

screenshot: $(INSTALLED) ## retake the README's screenshot of the phone page, docs/phone.png (needs Chromium)
	@$(BIN)/python -m tests.browser.screenshot

animation: $(INSTALLED) ## regenerate the README's animation of a conversation, docs/conversation.svg (needs Chromium)
	@$(BIN)/python -m tests.browser.animation

picture: $(INSTALLED) ## retake the README's screenshot of the staff desk, docs/desk.png (needs Chromium)
	@$(BIN)/python -m tests.browser.desk_picture

chaos: $(INSTALLED) ## kill everything at random for five minutes, and compare what was sent with what was stored
	@$(BIN)/python -m tests.chaos

torture: chaos ## the former name of chaos

fuzz: $(INSTALLED) ## send 10,000 hostile requests to the endpoints and check each response
	@$(BIN)/python -m tests.web.fuzz

model: $(MODEL_INSTALLED) ## train the classifier of parents' texts from flows/examples into flows/model
	@OPENBLAS_NUM_THREADS=1 PYTHONPATH=. $(MODEL_BIN)/python -m devtools.model.train flows

vectors: $(MODEL_INSTALLED) ## rebuild the model's word vectors, flows/model/vectors.npz
	@OPENBLAS_NUM_THREADS=1 PYTHONPATH=. $(MODEL_BIN)/python -m devtools.model.vectors flows/model

LOCK = uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --quiet --custom-compile-command "make lock"

lock: ## lock the newest versions that pyproject.toml allows (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pipx install uv" >&2; exit 1; }
	@$(LOCK) --extra local --extra telemetry --group dev --output-file constraints.txt
	@$(LOCK) --constraint constraints.txt --output-file constraints-run.txt
	@$(LOCK) --constraint constraints.txt --extra telemetry --output-file constraints-telemetry.txt

audit: $(INSTALLED) ## check the installed packages for known vulnerabilities (needs network)
	@$(BIN)/python .ci/audit.py

$(MODEL_INSTALLED): constraints-model.txt
	@"$(PYTHON)" -m venv --clear .venv-model
	@$(MODEL_BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes -r constraints-model.txt
	@touch $@

clean: ## remove what was built; the data in var/ stays
	rm -rf .venv .venv-model .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info

$(INSTALLED): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer with its venv module: on Debian," \
		"apt install python3 python3-venv; or choose one with make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c '$(WORKING_PYTHON)' || { echo "$(PYTHON) is not Python 3.11 or newer with" \
		"its venv module; choose another with make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Installing into .venv, once; that takes about a minute ..."
	@"$(PYTHON)" -m venv --clear .venv
	@sed -n '/^pip==/,/[^\\]$$/p' constraints.txt >.venv/pip.txt
	@$(PIP) install --no-compile --require-hashes -r .venv/pip.txt
	@$(PIP) install --no-compile --require-hashes -r constraints.txt
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
