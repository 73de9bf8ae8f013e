PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test browser soak bench check format docs screenshots wheels clean

# The installed set is remembered by two stamps, so that a second call starts at once.
$(VENV)/.installed: pyproject.toml
	@echo "Installing Callboard and what it needs into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sandbox,postgres]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml
	@echo "Installing Callboard with its test and check tools into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml
	@echo "Installing what builds the documentation into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/callboard demo $(ARGS)

test: check browser
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# Tests of pages need a Chromium; this installs Debian's where it may, and says where it cannot.
browser: $(VENV)/.installed-dev
	@$(BIN)/python scripts/find_chromium.py

check: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/.installed-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

soak: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.soak $(ARGS)

bench: $(VENV)/.installed-dev
	@$(BIN)/python benchmarks $(ARGS)

docs: $(VENV)/.installed-docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "The site is in site/; open site/index.html."

screenshots: browser
	@$(BIN)/python scripts/take_screenshots.py

wheels: $(VENV)/.installed-dev
	@$(BIN)/python scripts/resolve_wheels.py

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache build dist site
