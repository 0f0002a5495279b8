# Thin lines over documented commands; the README lists the same commands for machines without make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Books and tests start hundreds of Pythons: each would compile the course again where a machine forbids to keep that.
export PYTHONDONTWRITEBYTECODE :=
# Where PyTorch comes from (empty: chosen by the machine), and uv or pip (empty: uv where there is one).
TORCH_INDEX ?=
INSTALLER ?=
SUBMISSIONS ?= exercises
# Options of tools/build_book.py, e.g. --cached.
BOOK ?=

.PHONY: help book check test answers mutants stress lint types lab live exercises grade record plain pins gpu-check screenshots clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# A stamp is touched only after the install has succeeded, so a broken one is tried again.
INSTALL := TORCH_INDEX="$(TORCH_INDEX)" $(PYTHON) tools/install.py --venv $(VENV) $(if $(INSTALLER),--installer $(INSTALLER))

$(VENV)/.runtime: requirements.txt constraints.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. Name a Python with: make PYTHON=python3.12 book"; exit 1; }
	@$(INSTALL)
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@$(INSTALL) --extras dev,instructor
	@touch $@

book: $(VENV)/.runtime  ## build the book into _build/html, executing every notebook
	@$(BIN)/python tools/build_book.py $(BOOK)

# Tests of one group share what is costly to make. No test is a notebook: nbmake would only cost its imports.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses=4 --dist loadgroup -p no:nbmake
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
# One more than there are cores: a kernel that starts and a page that loads leave a core idle. The fast tests leave none.
WORKERS ?= $(shell echo $$(($(CORES) + 1)))
ifeq ($(origin WORKERS),file)
check: WORKERS = $(CORES)
endif

check: lint  ## before each commit, some minutes: lint and the fast tests (none that is slow, needs a browser or a kernel)
	@$(PYTEST) -q -m "not slow and not browser and not kernel"

test: lint  ## pass all checks and tests (builds the book first: the browser tests open it)
	@$(BIN)/python tools/build_book.py
	@$(PYTEST) $(if $(CI),--durations=25)

# What `make test` runs a part of, at its full length: tools/stress.py says which parts there are.
STRESS = $(BIN)/python tools/stress.py --workers $(WORKERS) --seeds $(SEEDS)
SEEDS ?= 50
PARTS ?=

$(VENV)/.stress: $(VENV)/.dev
	@$(INSTALL) --extras ray
	@touch $@

stress: $(VENV)/.stress  ## some hours: all tests at full length, and a table of them; a part of them: make stress PARTS=hostile,fuzz,kill
	@$(STRESS) --only "$(PARTS)" --out benchmarks/stress.json

answers: $(VENV)/.dev  ## an hour: every known answer to the exercises on 50 seeds (make answers SEEDS=50)
	@$(STRESS) --only answers,verdicts

mutants: $(VENV)/.dev  ## half an hour: 3,400 slips in the reference answers, each of which loses points, 2,100 rewrites, which lose none
	@$(STRESS) --only mutants

types: $(VENV)/.dev  ## the type checker, on the package
	@$(BIN)/mypy

lint: $(VENV)/.dev  ## style and types, notebooks without outputs, no result typed by hand, sessions that add up
	@$(MAKE) --no-print-directory -j 2 types style notebooks prose sessions

style: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

notebooks prose sessions: $(VENV)/.dev
	@$(BIN)/python tools/check_$@.py

lab: $(VENV)/.runtime  ## open JupyterLab on the chapters
	@$(BIN)/jupyter lab --notebook-dir=. book/01_imagenette.ipynb

live: $(VENV)/.runtime  ## for instructors: make the live notebooks in live/ and open JupyterLab on them
	@$(BIN)/resnet-live live build
	@$(BIN)/jupyter lab --notebook-dir=. live/01_imagenette.ipynb

exercises: $(VENV)/.runtime  ## make exercises/ again from solutions/
	@$(BIN)/resnet-live exercises build

grade: $(VENV)/.runtime  ## grade notebooks: make grade SUBMISSIONS=folder (results in grades/)
	@$(BIN)/resnet-live grade $(SUBMISSIONS) --out grades

record: $(VENV)/.runtime  ## make a recorded result again: make record NAME=chapter03, side by side with WORKERS=2
	@$(BIN)/resnet-live record $(NAME) $(if $(filter command environment,$(origin WORKERS)),--workers $(WORKERS))

gpu-check: $(VENV)/.runtime  ## on a machine with a GPU: CPU against GPU, speed, every reference graded on it
	@$(BIN)/python benchmarks/gpu_check.py --out gpu_check.json

plain: $(VENV)/.runtime  ## after make book: the same pages by Sphinx alone, without the command jupyter-book, and compared
	@$(BIN)/python tools/plain_sphinx.py --compare

pins:  ## renew all pinned versions, and show what has changed
	@$(PYTHON) tools/renew_pins.py

screenshots: $(VENV)/.dev  ## the README's pictures, from the built pages
	@$(BIN)/python tools/build_book.py && $(BIN)/python tools/screenshots.py

clean:  ## remove what was built (not the virtual environment)
	@rm -rf _build .cache
