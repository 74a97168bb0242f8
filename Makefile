# make demo    simulate, build, validate and define the demo study into out/demo
# make test    lint, type check and all tests
# Each makes .venv when it is missing. PYTHON=... chooses the interpreter (3.12 or newer).

VENV := .venv
BIN := $(VENV)/bin
CANDIDATES := $(PYTHON) python3.12 python3.13 python3.14 python3 python

.PHONY: demo test lint bench clean

demo: $(VENV)/.ready
	$(BIN)/cdisckit demo --out out/demo

test: lint
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/transport.py
	$(BIN)/python benchmarks/sdtm.py
	$(BIN)/python benchmarks/adam.py
	$(BIN)/python benchmarks/nca.py
	$(BIN)/python benchmarks/define.py

# Without a Python of 3.12 or newer, uv (from the package index) brings one.
$(VENV)/.ready: pyproject.toml
	@set -e; found=; \
	for python in $(CANDIDATES); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -n "$$found" ]; then \
	  $$found -m venv $(VENV); \
	elif python3 -m venv .uv-bootstrap >/dev/null 2>&1 && .uv-bootstrap/bin/pip install --quiet uv \
	     && .uv-bootstrap/bin/uv venv --quiet --seed --python 3.12 $(VENV); then \
	  echo "no Python 3.12 or newer was found; uv has installed one for this folder"; \
	else \
	  echo "cdisckit needs Python 3.12 or newer: install it, or say where it is: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; \
	fi; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,core]'; \
	rm -rf .uv-bootstrap; touch $@

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis
