# Nothing but python3 (3.11+) with venv and pip is needed; tools/dev.py does the work.
PYTHON ?= python3
# Where the school answers; the size and the seed of the invented one.
HOST ?= 127.0.0.1
PORT ?= 8000
SIZE ?= school
SEED ?= 1
# Passed on to the program behind the verb: make test ARGS="-k diary".
ARGS ?=
export HOST PORT SIZE SEED ARGS

.DEFAULT_GOAL := help
.PHONY: help demo phones test check setup bench docs lock clean

help: ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

demo: ## a school in the browser: installs, fills instance/ if empty, serves it
	@$(PYTHON) tools/dev.py demo

phones: ## telephones for the demonstration: a real Kannel with an invented network
	@$(PYTHON) tools/dev.py phones

test: ## the whole suite
	@$(PYTHON) tools/dev.py test

check: ## style, types, import contracts, translations
	@$(PYTHON) tools/dev.py check

setup: ## everything a developer needs, into .venv
	@$(PYTHON) tools/dev.py setup

bench: ## speed of the pages against a page that says hello
	@$(PYTHON) tools/dev.py bench

docs: ## write the generated pages of docs/ anew
	@$(PYTHON) tools/dev.py docs

lock: ## write requirements/*.txt anew (needs uv and the network)
	@$(PYTHON) tools/dev.py lock

clean: ## remove .venv and caches; instance/ stays
	@$(PYTHON) tools/dev.py clean
