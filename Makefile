# Bare `make` explains the targets. Everything is set up on first use and again when a lock file changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROVIDER := tests/browser/provider
KILLS ?= 500
EXAMPLE := examples/react

.DEFAULT_GOAL := help
.PHONY: help run demo test browser client processes measuring nodes chaos observability deployment docs nightly check lock migrate migration schema bench letters scale limits execution enumeration mutants clean

# A setting, from where the server takes it: the environment, or else .env.
setting = $(or $($1),$(shell sed -nE "s/^(export +)?$1 *= *['\"]?([^'\" ]*).*/\2/p" .env 2>/dev/null | tail -n 1))
# Nothing is installed for a GraphiQL that is not served: in production, unless GRAPHIQL asks for it.
GRAPHIQL_SERVED := $(or $(call setting,GRAPHIQL),$(if $(filter production,$(call setting,ENVIRONMENT)),false))
GRAPHIQL_FILES := $(if $(filter false False FALSE 0 no off,$(GRAPHIQL_SERVED)),,$(VENV)/npm.stamp)

help:
	@echo 'Postern, an account server. What make can do here:'
	@echo
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(VENV)/run.stamp $(GRAPHIQL_FILES) ## set up what is missing and serve on http://127.0.0.1:8000
	@$(BIN)/python main.py

demo: $(VENV)/run.stamp ## kill -9, and the email still arrives: twenty seconds
	@$(BIN)/python -m tests.chaos.demo

# By one process more than there are cores: some tests wait for a clock or a network. Each takes a row of files, so that what a
# file starts is started once. What Python has compiled is kept, whatever the environment says, or each of them rewrites
# every assertion anew.
test: $(VENV)/dev.stamp $(VENV)/npm.stamp ## run the tests, on SQLite and on PostgreSQL (suites that take long are further below: browser, processes, nodes …)
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --dist worksteal -n $$($(BIN)/python -c 'import os; print(os.cpu_count() + 1)')

browser: $(VENV)/dev.stamp $(VENV)/npm.stamp $(VENV)/provider.stamp $(VENV)/example.stamp ## go through the flow in Chromium (needs that, and npm)
	@$(BIN)/python -m pytest -n 2 tests/browser

processes: $(VENV)/dev.stamp ## what becomes of servers and commands as programs: killed, slowed down, behind nginx, by the times of their answers (a minute)
	@$(BIN)/python -m pytest -n 3 tests/processes tests/cli tests/enumeration

measuring: $(VENV)/dev.stamp ## do the benchmarks measure what they say, and notice a wrong answer? (needs wrk)
	@$(BIN)/python -m pytest tests/measuring

nodes: $(VENV)/dev.stamp ## lose nodes, keys and the database under load: is anybody refused? (needs nginx, Redis, PostgreSQL)
	@$(BIN)/python -m pytest tests/nodes

observability: $(VENV)/dev.stamp ## does a real Prometheus find what dashboard and alerts ask for? (needs that, Redis, PostgreSQL)
	@$(BIN)/python -m pytest tests/observability

chaos: $(VENV)/dev.stamp ## break everything there is: writes docs/reliability.md (needs root, Redis, faketime; a quarter of an hour)
	@CHAOS_KILLS=$(KILLS) $(BIN)/python -m pytest tests/chaos

deployment: $(VENV)/deployment.stamp ## would Docker, Compose and Kubernetes take the files that are there for them?
	@$(BIN)/python -m pytest tests/deployment

client: $(VENV)/run.stamp $(VENV)/client.stamp ## build client/, check what would be published, and test it (needs Node 20, and npm)
	@npm run --prefix client --silent check
	@npm test --prefix client --silent

docs: $(VENV)/website.stamp $(VENV)/npm.stamp ## run every command of the documents, and make a site of them, into var/site, whose links are looked at
	@$(BIN)/python -m website.build var/site
	@$(BIN)/python -m pytest -n 3 tests/docs tests/website

nightly: $(VENV)/dev.stamp ## compare execution/ with graphql-core in 20,000 cases, ten times those of make test
	@EXECUTION_CASES=20000 $(BIN)/python -m pytest tests/execution

check: $(VENV)/dev.stamp ## style, types, and whether schema.graphql and migrations are up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@./postern export-schema | diff schema.graphql - || { echo 'schema.graphql is stale: run make schema'; exit 1; }
	@./postern make-migration --check || { echo 'a migration is missing: run make migration'; exit 1; }

migrate: $(VENV)/run.stamp ## bring the database of the settings to the newest migration
	@./postern migrate

migration: $(VENV)/run.stamp ## write the migration that changed models need
	@./postern make-migration

schema: $(VENV)/run.stamp $(VENV)/client-modules.stamp ## write schema.graphql anew, and the client's types (needs npm)
	@./postern export-schema > schema.graphql
	@npm run --prefix client --silent generate

bench: $(VENV)/dev.stamp ## how quick, beside others? writes docs/performance.md (needs wrk, Node, PostgreSQL, Redis; half an hour)
	@$(BIN)/python -m benchmarks.me --write

letters: $(VENV)/dev.stamp ## how many letters a second, by one process and by three? (needs PostgreSQL and Redis)
	@$(BIN)/python -m benchmarks.outbox

scale: $(VENV)/dev.stamp ## is a million accounts slower than a thousand, operation by operation? (needs PostgreSQL; ten minutes)
	@$(BIN)/python -m benchmarks.scale

limits: $(VENV)/dev.stamp ## what do the limits on an operation cost, and what do they save?
	@$(BIN)/python -m benchmarks.limits

execution: $(VENV)/dev.stamp ## what does an execution cost, by graphql-core and by a plan?
	@$(BIN)/python -m benchmarks.execution

enumeration: $(VENV)/dev.stamp ## can anybody learn who has an account, by answers or their times?
	@$(BIN)/python -m tests.enumeration

mutants: $(VENV)/dev.stamp ## change the product in a hundred small ways, one at a time: does the suite notice? (half an hour)
	@$(BIN)/python -m tests.mutants 100

lock: $(VENV)/dev.stamp ## pin the newest versions that the manifests allow, with hashes and without addresses
	@$(BIN)/uv pip compile pyproject.toml --upgrade $(LOCKED) -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra tracing --upgrade $(LOCKED) -c requirements.lock -o requirements-tracing.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --extra tracing --upgrade $(LOCKED) -c requirements-tracing.lock -o requirements-dev.lock
	@$(BIN)/uv pip compile --group deployment --upgrade $(LOCKED) -c requirements-dev.lock -o deploy/requirements.lock
	@$(BIN)/uv pip compile --group website --upgrade $(LOCKED) -c requirements-dev.lock -o website/requirements.lock
	@npm update --package-lock-only --silent
	@cd benchmarks/peers && for peer in fastapi_users naive; do \
		$(CURDIR)/$(BIN)/uv pip compile $$peer/requirements.in --upgrade $(LOCKED) -o $$peer/requirements.lock || exit; done
	@for folder in client $(EXAMPLE) $(PROVIDER) benchmarks/peers/mercurius benchmarks/peers/better_auth; do \
		npm update --prefix $$folder --package-lock-only --omit-lockfile-registry-resolved --silent || exit; done

clean: ## remove all that was set up; the data under var/ stays
	rm -rf $(VENV) node_modules $(PROVIDER)/node_modules client/node_modules client/dist $(EXAMPLE)/node_modules $(EXAMPLE)/dist .mypy_cache .pytest_cache .ruff_cache

LOCKED := --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --quiet

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Postern needs Python 3.11 or newer")'
	@echo 'Setting up, once …'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/deployment.stamp: deploy/requirements.lock $(VENV)/dev.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.lock
	@touch $@

$(VENV)/website.stamp: website/requirements.lock $(VENV)/dev.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r website/requirements.lock
	@touch $@

# GraphiQL's files. Without npm, or without a network, its page takes them from a CDN.
$(VENV)/npm.stamp: package-lock.json | $(BIN)/python
	@if command -v npm >/dev/null; then npm ci --silent || echo 'npm could not install: GraphiQL will load its files from a CDN'; fi
	@touch $@

# A real OpenID provider, which nothing but the tests in Chromium needs.
$(VENV)/provider.stamp: $(PROVIDER)/package-lock.json | $(BIN)/python
	@npm ci --prefix $(PROVIDER) --silent --ignore-scripts
	@touch $@

$(VENV)/client-modules.stamp: client/package-lock.json | $(BIN)/python
	@npm ci --prefix client --silent --ignore-scripts
	@touch $@

$(VENV)/client.stamp: $(VENV)/client-modules.stamp client/tsconfig.json $(shell find client/src -name '*.ts' 2>/dev/null)
	@npm run --prefix client --silent build
	@touch $@

$(VENV)/example.stamp: $(EXAMPLE)/package-lock.json $(VENV)/client.stamp $(shell find $(EXAMPLE)/src $(EXAMPLE)/*.html $(EXAMPLE)/*.js 2>/dev/null)
	@npm ci --prefix $(EXAMPLE) --silent
	@npm run --prefix $(EXAMPLE) --silent build -- --logLevel error
	@touch $@
