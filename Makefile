# Every target is one or two lines that call a Python program under tools/.
# Set-up happens inside them, once, into .venv, .cache and dist.

# Asked when a target needs it, so that `make help` works without any Python.
FOUND := $(shell for python in python3.11 python3; do \
	$$python -c 'import sys, tomllib; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
PYTHON = $(or $(FOUND),$(error Python 3.11 or newer was not found. \
	On Debian: apt-get install python3.11 python3.11-venv. Nothing works without it))

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo test check cpython newest parity wheel pyodide wasi chromium visit \
	docs site bench soak setup doctor clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1\t/p' Makefile | expand -t 12

demo:  ## watch a graph run here, in Pyodide and on WASI
	@$(PYTHON) tools/demo.py

test:  ## everything, on every host: all the lanes below
	@$(PYTHON) tools/lanes.py

check:  ## format, lint, layers, types of the sources and of the installed wheel
	@$(PYTHON) tools/lanes.py check wheel

cpython:  ## lane: the wheel on CPython 3.11
	@$(PYTHON) tools/lanes.py cpython

newest:  ## lane: the wheel on the newest CPython found
	@$(PYTHON) tools/lanes.py newest

parity:  ## lane: the same programs on langgraph
	@$(PYTHON) tools/lanes.py parity

wheel:  ## lane: what pip install brings, and what it costs
	@$(PYTHON) tools/lanes.py wheel

pyodide:  ## lane: Pyodide under Node
	@$(PYTHON) tools/lanes.py pyodide

wasi:  ## lane: a WASI component under wasmtime
	@$(PYTHON) tools/lanes.py wasi

chromium:  ## lane: the site in headless Chromium
	@$(PYTHON) tools/lanes.py chromium

visit:  ## lane: every page and demo of the site, as visitors meet them
	@$(PYTHON) tools/lanes.py site

docs:  ## lane: every code block and example
	@$(PYTHON) tools/lanes.py docs

site:  ## build the static site and serve it on this machine
	@$(PYTHON) tools/site.py

bench:  ## speed beside langgraph, with the budgets (WORDS=--quick: the short run)
	@$(PYTHON) tools/benchmarks.py $(WORDS)

soak:  ## the laws with 100 000 random graphs, properties with thousands of examples (an hour)
	@HYPOTHESIS_PROFILE=soak $(PYTHON) tools/lanes.py cpython newest
	@ANYSTEP_SOAK=1 $(PYTHON) tools/chromium_lane.py test crash.test.mjs
	@$(PYTHON) tools/site_lane.py soak
	@.venv/bin/python -m tests.laws 0 100000

setup:  ## only make .venv, for an editor
	@$(PYTHON) tools/setup_env.py

doctor:  ## say what this machine lacks, and what that costs
	@$(PYTHON) tools/prerequisites.py

clean:  ## remove everything that was downloaded or built
	@$(PYTHON) tools/clean.py
