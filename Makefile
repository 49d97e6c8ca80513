# `make help` lists what there is. Everything runs in .venv, made from the hashed requirements.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq install --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run test test-quick test-services test-letta lint bench bench-pages clean requirements
.DELETE_ON_ERROR:

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

run: $(VENV)/run.stamp ## start everything on http://127.0.0.1:8000 (PORT, DATA_DIR and more: README.md)
	@exec $(PY) -m memory_ui.start

# Each core has its own Postgres. A file stays on one core, in its order; PYTEST_ARGS=-n0 is one process. What drives a
# browser or kills processes has the machine to itself afterwards. Where PYTEST_ARGS picks nothing in one half, 5 is no failure.
PYTEST := $(PY) -m pytest -n auto --dist loadfile --ignore tests/services
# Python keeps what it compiled, as it does unless told otherwise: the processes that tests start read it a thousand times.
test test-quick test-services test-letta: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/dev.stamp ## every test but those with a real Letta; PYTEST_ARGS='-k name' picks some
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh .ci/browser
	@$(PYTEST) -m "not browser and not processes" $(PYTEST_ARGS) || [ $$? = 5 ]
	@$(PY) -m pytest --ignore tests/services -m "browser or processes" $(PYTEST_ARGS) || [ $$? = 5 ]

test-quick: $(VENV)/dev.stamp ## of those only what needs no browser, no other process and no socket: after every change
	@$(PYTEST) -m "not browser and not processes and not sockets" $(PYTEST_ARGS)

test-services: $(VENV)/dev.stamp ## the learn path on Redis and a TCP Postgres, with two workers
	@$(PY) -m tests.services $(PYTEST_ARGS)

test-letta: $(VENV)/dev.stamp ## the contract suite and a learning run on a real Letta 0.16.8 (installed on first use: 820 MB)
	@$(PY) -m pytest tests/letta tests/contract tests/memory_sdk --real-letta $(PYTEST_ARGS)

lint: $(VENV)/dev.stamp ## ruff, mypy, templates, missing migrations, production settings
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/djlint --quiet --lint templates
	@$(PY) -W 'ignore:Got an error checking a consistent migration history' manage.py makemigrations --check --dry-run
	@SECRET_KEY=only-for-this-check-$$($(PY) -c 'import secrets; print(secrets.token_hex(40))') \
	  PUBLIC_URL=https://memory.example.com ALLOWED_HOSTS=memory.example.com \
	  DATABASE_URL=postgresql://user@db.example.com/memory_ui CELERY_BROKER_URL=redis://broker.example.com \
	  $(PY) manage.py check --deploy --fail-level WARNING

bench: $(VENV)/dev.stamp ## the engine beside a real Letta 0.16.8 on this machine, erasures, what recording a read costs, rollouts, drift
	@$(PY) -m tests.bench
	@$(PY) -m tests.bench.erasure
	@$(PY) -m tests.bench.audit_reads
	@$(PY) -m tests.bench.rollout
	@$(PY) -m tests.bench.drift

bench-pages: $(VENV)/dev.stamp ## every page at 10,000 and at 1,000,000 subjects; BENCH_ARGS='--keep FOLDER --sizes 10000'
	@$(PY) -m tests.bench.pages $(BENCH_ARGS)

requirements: $(VENV)/dev.stamp ## compile the hashed requirements from pyproject.toml anew
	@$(VENV)/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-header --quiet -o requirements/run.txt
	@$(VENV)/bin/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --quiet \
	  -c requirements/run.txt -o requirements/dev.txt

clean: ## remove what was built; the data in .data stays
	@rm -rf $(VENV) .static .mypy_cache .ruff_cache .letta

$(VENV)/run.stamp: requirements/run.txt
	@command -v $(PYTHON) >/dev/null || { echo "memory_ui needs Python 3.11 or newer, and $(PYTHON) is not there. Install it, or name another: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("memory_ui needs Python 3.11 or newer; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(PY) -c '' 2>/dev/null || { echo "Making $(VENV) …"; rm -rf $(VENV); $(PYTHON) -m venv $(VENV); } \
	  || { rm -rf $(VENV); echo "Python's venv module is incomplete. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing requirements …"
	@$(PIP) -r $<
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "Installing development requirements …"
	@$(PIP) -r $<
	@touch $@
