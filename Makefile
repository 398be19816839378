# make setup | test | demo | docs | lint | types | coverage | test-matrix | clean        (PYTHON=python3.12 chooses another Python)
PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
ARGS ?=
DATA ?=

.PHONY: setup test demo docs lint types coverage test-matrix clean

setup:
	@bash requirements/set_up.sh "$(PYTHON)" "$(VENV)"

test: setup
	OMP_NUM_THREADS=1 "$(VENV)/bin/python" -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

demo: setup
	"$(VENV)/bin/python" tools/demo.py $(if $(DATA),--data "$(DATA)") $(ARGS)

# The documentation site, in build/site.
docs: setup
	NO_MKDOCS_2_WARNING=1 "$(VENV)/bin/python" -W ignore -m mkdocs build --strict

lint: setup
	"$(VENV)/bin/ruff" check .
	"$(VENV)/bin/ruff" format --check .

types: setup
	"$(VENV)/bin/mypy"

# Which lines and branches of the package the tests reach, also through tools and processes.
coverage: setup
	"$(VENV)/bin/coverage" erase
	OMP_NUM_THREADS=1 "$(VENV)/bin/coverage" run -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)
	"$(VENV)/bin/coverage" combine --quiet
	"$(VENV)/bin/coverage" report --skip-covered --sort=cover

# Every supported Python that is found: a fresh environment from its lock, then the quick tests.
test-matrix:
	@bash tools/analysis/test_matrix.sh $(ARGS)

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis work_dirs
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
