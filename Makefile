# Everything that a newcomer, an operator or CI calls. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PORT ?= 8000
UV := .tools/bin/uv
HUB := .venv/bin
NLU := nlu/.venv/bin/python
say = @printf '\033[1m==> %s\033[0m\n'

.PHONY: help install demo demo-data test lint format bench chaos nlu-train nlu-test i18n locks migration browser clean

help:  ## List the commands
	@grep -hE '^[a-z][a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: .venv/.hub nlu-train  ## Both environments and the Rasa model, without starting anything

demo: .venv/.hub nlu-train  ## Everything from a clean clone, then the hub with simulated phones
	$(say) "Starting the demonstration on port $(PORT) (Ctrl+C ends it)"
	@$(HUB)/chasqui demo --port $(PORT)

demo-data: .venv/.hub  ## Fill the demonstration with made-up people and a past (once, before make demo)
	@$(HUB)/chasqui demo-data $(ARGS)

test: .venv/.dev nlu-train browser  ## The whole test suite
	$(say) "Testing"
	@$(HUB)/pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

lint: .venv/.dev  ## Style, types, import rule, content, catalogues
	$(say) "Linting"
	@$(HUB)/ruff format --check .
	@$(HUB)/ruff check .
	@$(HUB)/mypy
	@$(HUB)/lint-imports
	@$(HUB)/chasqui content check
	@$(HUB)/python -m tests.i18n.catalogues --check

format: .venv/.dev  ## Format the code
	@$(HUB)/ruff format . && $(HUB)/ruff check --fix .

bench: .venv/.dev nlu-train  ## Speeds, each as a ratio to a baseline in the same run
	@$(HUB)/python -m tests.benchmarks

chaos: .venv/.dev  ## Broadcasts while everything goes wrong; make chaos ARGS="--runs 50 --people 1000"
	@$(HUB)/python -m tests.chaos $(ARGS)

nlu-train: nlu/.venv/.installed  ## Train the Rasa model, unless its inputs are unchanged
	$(say) "Training the Rasa model (a minute or two; nothing to do if it is up to date)"
	@$(NLU) nlu/train.py

nlu-test: .venv/.hub nlu-train  ## How well messages are understood that were never trained on
	@$(HUB)/python -m tests.nlu.evaluation

i18n: .venv/.dev  ## Take new phrases into the catalogues
	@$(HUB)/python -m tests.i18n.catalogues

migration: .venv/.dev  ## make migration NAME=add_quiet_hours: write the next numbered migration
	@$(HUB)/python -m hub.migrations.writing "$(NAME)"

locks: $(UV)  ## Resolve the dependencies anew
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --group dev pyproject.toml -o requirements-dev.lock
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --group build -c requirements-dev.lock pyproject.toml -o requirements.lock

browser: .venv/.dev
	@if [ -z "$$CHASQUI_CHROMIUM" ] && ! command -v chromium >/dev/null; then \
	  printf '\033[1m==> %s\033[0m\n' "Installing Chromium for the browser tests"; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	  else $(HUB)/playwright install chromium; fi; fi

clean:  ## Remove environments, models and the demonstration's data
	rm -rf .venv .tools nlu/.venv nlu/models var build

$(UV): requirements-tools.lock
	$(say) "Installing uv into .tools"
	@python3 -m venv .tools
	@.tools/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $@

.venv/.hub: requirements.lock pyproject.toml $(UV)
	$(say) "Building the hub's environment"
	@[ -x $(HUB)/python ] || $(UV) venv -q --python 3.11 .venv
	@$(UV) pip install --python .venv --require-hashes -r requirements.lock
	@$(UV) pip install -q --python .venv --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.hub
	$(say) "Adding the development tools"
	@$(UV) pip install --python .venv --require-hashes -r requirements-dev.lock
	@touch $@

nlu/.venv/.installed: nlu/requirements.lock nlu/.python-version $(UV)
	$(say) "Building Rasa's environment (Python 3.10, fetched if it is not here)"
	@rm -rf nlu/.venv && cd nlu && ../$(UV) venv -q .venv
	@$(UV) pip sync --python nlu/.venv --require-hashes nlu/requirements.lock
	@touch $@
