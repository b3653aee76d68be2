# What people type. Each target sets up what it needs; run any of them twice.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
ONLY ?=
CITY ?=
EMPTY ?=

.PHONY: help setup demo run call test walk pictures check bench lock audit clean

help: ## Show these lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1	/' | expand -t 18

setup: ## Install everything that is missing (system packages, Asterisk, Python, front end)
	@deploy/setup run

demo: ## Play the main job with real calls on this machine, and prove it: make demo [CITY=folder]
	@deploy/setup run
	@$(if $(CITY),HOTLINE_CITY=$(CITY)) $(PY) -m demo play

run: ## Keep an installation up: prints addresses and sample accounts: make run [CITY=folder] [EMPTY=yes]
	@deploy/setup run
	@$(if $(CITY),HOTLINE_CITY=$(CITY)) $(PY) -m demo run $(if $(EMPTY),--empty)

call: ## Place a test call into what `make run` keeps up
	@deploy/setup run
	@$(if $(CITY),HOTLINE_CITY=$(CITY)) $(PY) -m demo call

test: ## Run every test, with the real parts
	@deploy/setup test
	@npm run --silent test
	@$(PY) -m pytest -n 3 --no-loadscope-reorder

walk: ## Open every page of every role, with no, one and many rows, at every size
	@deploy/setup test
	@$(PY) -m pytest -q -n0 --walk tests/acceptance/test_every_page.py

pictures: ## Take pictures of the same: var/pictures/index.html
	@deploy/setup test
	@$(PY) -m tests.support.pages $(ONLY)

# Two processes side by side: pytest-xdist costs as much as these tests themselves.
UNIT = $(PY) -m pytest -q --hypothesis-profile=quick
HALF = tests/unit/dispatch tests/unit/docs tests/unit/web

check: ## Format, lint, types, import rules, unit tests: what CI runs first
	@deploy/setup check
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) deploy/english.py
	@npm run --silent check
	@.venv/bin/djlint --lint --quiet web
	@mkdir -p var; $(UNIT) $(HALF) > var/half.log 2>&1 & half=$$!; \
	    $(UNIT) tests/unit $(HALF:%=--ignore=%); rest=$$?; wait $$half; half=$$?; cat var/half.log; exit $$((rest | half))

bench: ## Measure, as ratios against a floor: make bench [ONLY=name]
	@deploy/setup test
	@$(PY) -m bench $(ONLY)

lock: ## Make requirements.lock and package-lock.json anew from pyproject.toml and package.json
	@deploy/setup check
	@.venv/bin/pip-compile -q --extra dev --generate-hashes --strip-extras --no-header --no-annotate --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --allow-unsafe -o requirements.lock pyproject.toml
	@npm install --package-lock-only --no-audit --no-fund

audit: ## Compare the locks with known holes: make audit ADVISORIES=path (OSV's JSON, folder or all.zip)
	@deploy/setup check
	@$(PY) deploy/audit.py $(ADVISORIES)

clean: ## Remove what was installed or built here; recordings and the database (var/) stay
	rm -rf .venv node_modules web/static/dist
