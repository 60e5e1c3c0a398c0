# Two commands on a machine with Python 3.11 and make:
#   make round   sets up and runs the main job on the sample round
#   make test    sets up and runs every check and test
# and make doctor says what a machine or an installation lacks.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3.11
ROUND ?= FY2566-12M
VENV := .venv
BIN := $(VENV)/bin
export SUCHARIT_HOME ?= $(CURDIR)/var
export DAGSTER_HOME := $(SUCHARIT_HOME)/dagster
export DAGSTER_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
# Compiled bytecode saves seconds in every run, wherever the machine's default says not to write it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: round nation bench soak test test-spark test-machines doctor audit setup setup-dev ui bi docs lint style samples docs-rules lineage lock clean help
help:
	@grep -E '^#  ' Makefile

# ROUND=FY2569-12M runs another round on what lies in its drop folder.
round: setup
	@$(BIN)/python -m orchestration init $(if $(wildcard samples/$(ROUND)),--sample $(ROUND))
	$(BIN)/python -m orchestration round $(ROUND)

# HYPOTHESIS_PROFILE=thorough tries every property of the reader on ten times as many examples.
test: style
	# mypy is one of them: tests/unit/test_types.py.
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

# Spark builds what DuckDB builds, table for table and row for row: on a cluster of this machine alone (needs Java 17),
# in an environment of its own. SPARK_LGOS=0 leaves the generated local governments out. docs/spark.md
SPARK_LGOS ?= 500
test-spark: setup-dev $(VENV)-spark/.installed
	$(VENV)-spark/bin/python -m tests.spark.equality --lgos $(SPARK_LGOS) --generator $(BIN)/python

# A run asked for on one machine and done on another, both played by this one (needs PostgreSQL). docs/deployment.md
test-machines: setup-dev
	$(BIN)/python -m pytest -q tests/machines/check_several_machines.py

lint: style
	$(BIN)/mypy

style: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

# The web UI, the scheduler and the sensors, on this machine only.
ui: setup
	$(BIN)/python -m orchestration init
	# The reports and pages that the UI links to, for as long as it runs.
	$(BIN)/python -m orchestration pages & trap "kill $$!" EXIT
	$(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1 -p $${PORT:-3000}

# Apache Superset with the dashboard of a round, on this machine only, in an environment of its own (docs/bi.md).
bi: $(VENV)-bi/.installed
	$(VENV)-bi/bin/python deploy/superset/start.py

$(VENV)-bi/.installed: requirements-bi.lock $(BIN)/uv
	@echo "installing Apache Superset into $(VENV)-bi"
	$(BIN)/uv venv --quiet --python $(PYTHON) --allow-existing $(VENV)-bi
	$(BIN)/uv pip install --quiet --python $(VENV)-bi/bin/python --require-hashes --compile-bytecode -r requirements-bi.lock
	touch $@

# The tables, columns, tests and readers of the last build as one page, var/docs/dbt.html.
docs: setup
	@$(BIN)/python -m orchestration docs

# Look at this machine and installation, and say what is missing.
doctor: setup
	@$(BIN)/python -m orchestration doctor

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(BIN)/uv: requirements-uv.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	touch $@

$(VENV)/.installed: requirements.lock $(BIN)/uv
	@echo "installing the locked dependencies into $(VENV)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	# Dagster's own commands import the project from wherever they are started.
	$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "sucharit.pth").write_text("$(CURDIR)\n")'
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "installing the locked development dependencies into $(VENV)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-dev.lock
	touch $@

$(VENV)-spark/.installed: requirements-spark.lock $(BIN)/uv
	@echo "installing the locked dependencies with Spark into $(VENV)-spark"
	$(BIN)/uv venv --quiet --python $(PYTHON) --allow-existing $(VENV)-spark
	$(BIN)/uv pip install --quiet --python $(VENV)-spark/bin/python --require-hashes --compile-bytecode -r requirements-spark.lock
	touch $@

# What a round of so many local governments costs (bench/README.md): make nation LGOS="1 100 7849"
LGOS ?= 1 100
nation: setup-dev
	$(BIN)/python -m bench.nation $(LGOS)

# Readers through a hundred switches, and runs killed at random moments (bench/README.md): an hour or more. What was
# stopped goes on where it was.
soak: setup-dev
	$(BIN)/python -m bench.readers
	$(BIN)/python -m bench.soak $(SUCHARIT_HOME)/soak --runs $${RUNS:-200}

# The same with floors and peers beside it, as one table (docs/performance.md): make bench LGOS="1 100 7849"
bench: setup-dev
	$(BIN)/python -m bench $(LGOS)

# Write the sample files anew from samples/source/.
samples: setup-dev
	$(BIN)/python samples/make_samples.py

# Write docs/rules.md anew; its examples are those of the sample round.
docs-rules: setup-dev
	export SUCHARIT_HOME=$$(mktemp -d); export DAGSTER_HOME=$$SUCHARIT_HOME/dagster
	trap 'rm -rf "$$SUCHARIT_HOME"' EXIT
	$(BIN)/python -m orchestration init --sample FY2566-12M
	$(BIN)/python -m orchestration round FY2566-12M
	$(BIN)/python -m docs.rules "$$SUCHARIT_HOME/releases/current/warehouse.duckdb"

# Write dbt_project/column_lineage.json anew: which columns each column is made of, for the UI.
lineage: setup-dev
	export SUCHARIT_HOME=$$(mktemp -d); export DAGSTER_HOME=$$SUCHARIT_HOME/dagster
	trap 'rm -rf "$$SUCHARIT_HOME"' EXIT
	$(BIN)/python -m orchestration init --sample FY2566-12M
	$(BIN)/python -m orchestration round FY2566-12M
	$(BIN)/python -m orchestration.lineage

# Lock what pyproject.toml asks for; the files carry hashes and no index address. What is locked stays as long as it
# fits: UPGRADE="certifi pyyaml" takes the newest of these, UPGRADE=everything of all.
UPGRADE ?=
lock: $(BIN)/uv
	compile="$(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-strip-extras --no-header"
	compile+="$(if $(filter everything,$(UPGRADE)), --upgrade,$(UPGRADE:%= --upgrade-package %))"
	$$compile pyproject.toml -o requirements.lock
	$$compile pyproject.toml --extra dev -o requirements-dev.lock
	$$compile pyproject.toml --extra spark -o requirements-spark.lock
	echo uv | $$compile - -o requirements-uv.lock
	printf 'pip-audit\ncyclonedx-bom\n' | $$compile - -o requirements-audit.lock
	$$compile deploy/superset/requirements.in -o requirements-bi.lock

# The bill of materials (CycloneDX), and known faults of what is locked; the latter asks PyPI's advisory service.
audit: $(BIN)/uv
	$(BIN)/uv venv --quiet --python $(PYTHON) --allow-existing $(VENV)-audit
	$(BIN)/uv pip install --quiet --python $(VENV)-audit/bin/python --require-hashes -r requirements-audit.lock
	mkdir -p $(SUCHARIT_HOME)
	$(VENV)-audit/bin/cyclonedx-py requirements requirements.lock -o $(SUCHARIT_HOME)/sbom.cdx.json
	@echo "bill of materials: $(SUCHARIT_HOME)/sbom.cdx.json"
	$(VENV)-audit/bin/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict

clean:
	rm -rf $(VENV) $(VENV)-audit $(VENV)-spark $(VENV)-bi .mypy_cache .pytest_cache .ruff_cache
