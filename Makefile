# `make help` lists the targets. Everything runs in .venv, which the first target that needs it sets up.
PYTHON ?= python3
VENV := .venv
# What `make trial` hands to pip: the build for CPUs, without 2 GB of CUDA. Another one: make trial TORCH=torch
TORCH ?= torch --index-url https://download.pytorch.org/whl/cpu
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo tui-demo trial test test-long fuzz check format lint types imports docs bench lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## make .venv with dsvc and what its development needs

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "dsvc needs Python 3.10 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "setting up $(VENV): DVC and what it needs, some minutes the first time" >&2
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY) ## the main job on the example dataset, in a throw-away repository
	@$(BIN)/python examples/demo.py

tui-demo: $(READY) ## the terminal UI on the demo's repository, which is made first if it is not there
	@test -e demo/.git/made-by-dsvc-demo || $(BIN)/python examples/demo.py >/dev/null
	@cd demo && PATH="$(CURDIR)/$(BIN):$$PATH" dsvc tui

trial: $(READY) ## pilot, fine-tune, mend, fine-tune, compare: with torch, transformers and trl (over 1 GB, into .venv)
	@$(BIN)/python -c 'import torch' 2>/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(TORCH)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r examples/requirements.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH" examples/trial_loop.sh

test: $(READY) ## all tests but the long ones
	$(BIN)/python -m pytest -q -n 2

test-long: $(READY) ## also a thousand kill points, 100 MB records, bigger properties, and other examples each time
	$(BIN)/python -m pytest -q -n 2 -m 'slow or not slow' --hypothesis-profile=search

fuzz: $(READY) ## ten minutes of bytes that a fuzzer thinks up (SECONDS=3600 for an hour), into import and convert
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'atheris>=2.3,<4'
	$(BIN)/python -m tests.fuzzing $(or $(SECONDS),600)

check: $(READY) lint types imports test ## what CI runs: format, lint, types, import contracts, tests (docs too)

format: $(READY) ## rewrite the code in the project's format
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format .

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

docs: $(READY) ## write generated pages, sessions and the picture anew (tests check that they are up to date)
	$(BIN)/python -m dsvc.cli.reference > docs/cli.md
	$(BIN)/python -m dsvc.cli.formats_reference > docs/formats.md
	$(BIN)/python -m dsvc.cli.rules_reference > docs/rules.md
	$(BIN)/python -m dsvc.cli.export_reference docs/export.md
	$(BIN)/python -m dsvc.cli.profiles_reference > docs/profiles.md
	$(BIN)/python -m dsvc_tui.reference > docs/tui.md
	$(BIN)/python -m tests.sessions README.md README.zh-CN.md docs/tutorial.md docs/from-*.md
	$(BIN)/python docs/images/word_diff.py
	$(BIN)/python docs/images/screens.py

bench: $(READY) ## the benchmark table, beside DVC, Oxen, git, GNU diff and DuckDB (half an hour, 20 GB of disk)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.readme_table
	$(BIN)/python -m benchmarks.convert
	$(BIN)/python -m benchmarks.checks
	$(BIN)/python -m benchmarks.trial

lock: $(READY) ## renew constraints.txt
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --extra dev pyproject.toml \
	  --no-header --no-annotate -o constraints.txt

clean: ## remove what was made here
	rm -rf $(VENV) demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
