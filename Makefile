# make demo   crawls the embedded sample district site into output/
# make test   format check, lint, types, all tests
# make bench  the benchmarks (those on the shared corpus where it is present)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test bench check clean

demo: $(VENV)/installed
	$(BIN)/govnews demo --output output

test: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

bench: $(VENV)/installed-dev
	$(BIN)/python tests/bench/reading.py
	$(BIN)/python tests/bench/portals.py
	$(BIN)/python tests/bench/storing.py
	$(BIN)/python tests/bench/search.py
	$(BIN)/python tests/bench/custody.py
	$(BIN)/python tests/bench/exporting.py
	$(BIN)/python tests/bench/crawling.py
	$(BIN)/python tests/bench/plotting.py
	$(BIN)/python tests/bench/browsing.py
	GOVNEWS_KILLS=200 $(BIN)/pytest tests/test_kill.py -k again

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[files,browse]'
	touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build dist *.egg-info
