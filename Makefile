# What people do with this project. `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Tests start many processes: each module is compiled once, and not by every one of them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-clients stories nightly check bench docs format clean

# Made anew when the dependencies change, and only then.
$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ivrsvr needs Python 3.11 or later; name one: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(STAMP)

# Starts the server on a simulated switch and prints where it listens and what to try first.
run: $(STAMP)
	@exec $(BIN)/ivrsvr serve $(ARGS)

# One process a core. `make test ARGS="-n 0 -k ..."` runs in one.
test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# Every feature through the client for Python, then through the one for JavaScript (`make test` has a few of them).
test-clients: $(STAMP)
	for client in python javascript; do \
	    $(BIN)/python -m pytest -q -n auto --backend all --client $$client features/test_features.py $(ARGS) || exit 1; \
	done

# Two thousand short stories of a whole contact centre at random; the same ones each time, in JOBS processes.
stories: $(STAMP)
	$(BIN)/python -m tests.properties.centre --first 2000 --seeds 2000 --steps 100 --jobs $(JOBS)

# A whole contact centre at random, for a night: SEEDS stories in JOBS processes; then EXAMPLES stories of clients that
# lose their connections, beginning with hypothesis' SEED.
SEEDS ?= 5000
JOBS ?= 2
EXAMPLES ?= 2000
SEED ?= 0
nightly: $(STAMP)
	$(BIN)/python -m tests.properties.centre --seeds $(SEEDS) --jobs $(JOBS)
	DELIVERY_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -q -n 0 --show-capture=no tests/properties/test_delivery.py \
		--hypothesis-seed=$(SEED)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

bench: $(STAMP)
	$(BIN)/python -m bench $(ARGS)

# Writes the pages of the manual that are made from the server's own tables, and from what is tested.
docs: $(STAMP)
	$(BIN)/ivrsvr docs requests > docs/requests.md
	$(BIN)/ivrsvr docs events > docs/events.md
	$(BIN)/ivrsvr docs settings > docs/settings.md
	$(BIN)/ivrsvr docs client-python > ivrsvr/client/requests.py
	$(BIN)/ivrsvr docs client-javascript > ivrsvr/interfaces/http/pages/static/requests.js
	$(BIN)/ivrsvr docs client-typescript > clients/javascript/requests.d.ts
	$(BIN)/python -m tests.conformance.services.page > docs/tsapi-services.md
	$(BIN)/ivrsvr docs scenario-schema > scenarios/schema.json
	$(BIN)/ivrsvr docs world-schema > scenarios/worlds/schema.json

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
