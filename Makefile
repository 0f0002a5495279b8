# Thin lines over documented commands; the README lists the same commands for machines without make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=
SUBMISSIONS ?= exercises

.PHONY: help book test lint lab live exercises grade record screenshots clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ResNet Live needs Python 3.11 or newer. Name one with: make PYTHON=python3.12 book"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv"; exit 1; }

# A stamp is touched only after pip has succeeded, so a broken install is tried again.
$(VENV)/.runtime: requirements.txt constraints.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the pinned packages into $(VENV): several GB with CUDA, some minutes."
	@if [ -n "$(TORCH_INDEX)" ]; then $(BIN)/pip install -q --index-url $(TORCH_INDEX) torch==2.14.1 torchvision==0.29.1; fi
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt -c constraints.txt -e . || \
	  { echo "Installing failed: see pip's message above. Without a network, put wheels in a folder and set PIP_FIND_LINKS to it."; exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev,instructor]'
	@touch $@

book: $(VENV)/.runtime  ## build the book into _build/html, executing every notebook
	@$(BIN)/python tools/build_book.py

test: lint  ## pass all checks and tests (builds the book first: the browser tests open it)
	@$(BIN)/python tools/build_book.py
	@$(BIN)/python -m pytest -n auto --maxprocesses=4

lint: $(VENV)/.dev  ## style of code and notebooks, notebooks without outputs, no result typed by hand, sessions that add up
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/python tools/check_notebooks.py
	@$(BIN)/python tools/check_prose.py
	@$(BIN)/python tools/check_sessions.py

lab: $(VENV)/.runtime  ## open JupyterLab on the chapters
	@$(BIN)/jupyter lab --notebook-dir=. book/01_imagenette.ipynb

live: $(VENV)/.runtime  ## for instructors: make the live notebooks in live/ and open JupyterLab on them
	@$(BIN)/resnet-live live build
	@$(BIN)/jupyter lab --notebook-dir=. live/01_imagenette.ipynb

exercises: $(VENV)/.runtime  ## make exercises/ again from solutions/
	@$(BIN)/resnet-live exercises build

grade: $(VENV)/.runtime  ## mark notebooks: make grade SUBMISSIONS=folder (results in marks/)
	@$(BIN)/resnet-live grade $(SUBMISSIONS) --out marks

record: $(VENV)/.runtime  ## make a recorded result again: make record NAME=chapter03
	@$(BIN)/resnet-live record $(NAME)

screenshots: $(VENV)/.dev  ## the README's pictures, from the built pages
	@$(BIN)/python tools/build_book.py && $(BIN)/python tools/screenshots.py

clean:  ## remove what was built (not the virtual environment)
	@rm -rf _build .cache
