# `make run` and `make test` need Python 3.11 or newer, pip and make; they set up everything else in .venv.
PYTHON ?= python3
BIN := .venv/bin
# Python keeps the bytecode of what it imports, also where the machine asks it not to: the tests start forty processes, and
# each would compile torch and Gradio for ten seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test lint bench clean

run: .venv/run
	$(BIN)/python app.py

# Two workers, each with one thread for torch: two with two threads each would get in each other's way.
test: .venv/test
	$(MAKE) -j2 lint .venv/matting
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --no-loadscope-reorder

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check genimg tests benchmarks app.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/oxlint genimg/ui/web tests/ui

bench: .venv/test
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

# --no-compile: Python compiles what is imported by itself, and most of these 15,000 files never are.
.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --no-compile -r requirements.txt
	touch $@

.venv/test: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --no-compile -r requirements-dev.txt
	touch $@ .venv/run

# It compiles for ten seconds, once; the app does it in the background.
.venv/matting: .venv/test
	$(BIN)/python -c "import genimg.algorithms.closed_form"
	touch $@
