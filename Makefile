# Everything runs in .venv, made from the lock files in requirements/. `make help` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
# A lock file names everything: nothing is resolved, and no build backend runs that no lock file names.
LOCKED := -q --no-deps --require-hashes --only-binary :all:
ORACLE := tests/oracle
EDITOR := tests/editor
BENCH  := build/bench
EXAMPLE := docs/examples/javascript
PAGE   := scripts/web
REGISTRY := tests/registry
BUNDLE := docs/assets/composer/composer.js
export NO_MKDOCS_2_WARNING := 1

# What `make quick` runs: the unit tests of what the engine is made of.
QUICK := tests/iam --ignore=tests/iam/test_simulator.py tests/test_architecture.py \
	tests/test_expressions.py tests/test_session.py -k "not seeded"

# The tests of one command: where they run, and what they can take, is in tests/budgets.yaml.
SUITE := -q -n auto --dist loadgroup $(if $(CI),--budgets)

# Where tests look at a seeded part, and `make soak` at everything.
DRAWN := $(shell grep -lE '^from support import .*\b(drawn|SOAKS)\b' tests/test_*.py tests/*/test_*.py)

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: help build update check site serve test test-all test-site axe soak quick lint fmt bench sample messages proof compare dist rehearse lock clean distclean site-tools

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '%-11s %s\n' "$$name" "$$text"; done

build: $(VENV)/.build ## Check the records and build the policies into build/v1/next.
	@$(BIN)/sagemaker-roles build

update: $(VENV)/.test ## After an edit of records: order, checks, build, expected outputs of what changed, and what is left to do.
	@$(BIN)/python -m tests.update

check: $(VENV)/.build ## Check the records only.
	@$(BIN)/sagemaker-roles check

site: build $(VENV)/.docs $(BUNDLE) ## Build the reference site into build/site.
	@$(BIN)/python scripts/tools/engine.py
	@$(BIN)/python -m kb.site write
	@$(BIN)/mkdocs build --strict
	@$(BIN)/python -m kb.site finish build/site
	@node $(PAGE)/build.mjs small build/site/assets

serve: build $(VENV)/.docs $(BUNDLE) ## Open the site locally and rebuild it when records or pages change.
	@$(BIN)/python scripts/tools/engine.py
	@$(BIN)/python -m kb.site serve $(BIN)/mkdocs serve --dirty --open

test: $(VENV)/.test ## Run linters, checks, and the tests that need Python alone, in 4 minutes of two cores.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sagemaker-roles build --check
	@$(BIN)/sagemaker-roles build
	$(BIN)/pytest $(SUITE) --suite test
	@echo "Not run: the simulator, the site in a browser, the engine in Node, capture, fleet and Spark, SDKs, packages," \
	  "releases, and damaged inputs. \`make test-all\` runs them too."

test-all: test $(VENV)/.test-all build/lock/.stamp build/pip/.stamp build/run/.stamp $(ORACLE)/node_modules/.stamp $(EDITOR)/node_modules/.stamp build/examples/.stamp build/sdks/.stamp build/spark/.stamp site-tools $(BUNDLE) ## Run `make test`, then every other test, in 12 minutes of two cores.
	@sh tests/need.sh bash bash envsubst gettext-base curl curl jq jq
	$(BIN)/pytest $(SUITE) --suite test-all

test-site: $(VENV)/.test-all site-tools $(BUNDLE) ## Run only the tests of the site, in a real browser.
	$(BIN)/pytest -q -n 1 --dist loadgroup tests/site

axe: site $(VENV)/.test-all site-tools ## Ask axe about every page of the site, at four widths and in both color schemes.
	$(BIN)/python tests/site/axe.py build/site

soak: $(VENV)/.test-all $(ORACLE)/node_modules/.stamp ## Look for new failures with random seeds (TOTAL=… minutes for all, or MINUTES=30, QUESTIONS=1000000; SEED=… repeats one).
ifdef TOTAL
	$(BIN)/python tests/soak.py --total $(TOTAL)
else
	$(BIN)/python -m tests.iam.soak $(or $(QUESTIONS),1000000) $(SEED)
	HYPOTHESIS_PROFILE=soak $(BIN)/pytest -q -n 2 --dist loadgroup $(DRAWN)
	$(BIN)/python -m tests.audits.soak $(or $(QUESTIONS),1000000) $(SEED)
	$(BIN)/python -m tests.audits.slow $(or $(POLICIES),10000) $(SEED)
	$(BIN)/python tests/soak.py --minutes $(or $(MINUTES),30) $(if $(SEED),--seed $(SEED))
endif

quick: $(VENV)/.test ## Run what every edit should pass, in under a minute: linters, rules, engine, iam.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sagemaker-roles check
	$(BIN)/pytest -q -n auto --dist loadgroup $(QUICK)

lint: $(VENV)/.test ## Run ruff and mypy only.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: $(VENV)/.test ## Format the Python code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: build $(VENV)/.test-all $(BENCH)/.stamp ## Compare speed and memory with their targets (ONLY="fleet audit"; FLEET_MILLIONS="1 10 100"; SUITE=1 times make test and test-all).
	$(BIN)/python tests/bench $(ONLY)

proof: $(VENV)/.test $(ORACLE)/node_modules/.stamp ## Prove all operations, or OPERATIONS="…" (changed: as their policies), and write proof.json.
	$(BIN)/python -m tests.proof.counts $(OPERATIONS)
	$(BIN)/python -m tests.proof.counts --layers $(OPERATIONS)
	@$(BIN)/sagemaker-roles build

compare: $(VENV)/.test $(ORACLE)/node_modules/.stamp build/peers/.stamp ## Compare what others grant for the same requests (OPERATIONS="…" for some, or changed).
	$(BIN)/python -m tests.proof.compare $(OPERATIONS)
	@$(BIN)/sagemaker-roles build

sample: $(VENV)/.build ## Print 60 entries of the records with their sources, to be read against them (SEED=…).
	@$(BIN)/python -m kb.sample '$(SEED)'

messages: $(VENV)/.test ## Print for how many reported messages explain comes to the right answer.
	PYTHONPATH=tests $(BIN)/python -m field.answers

dist: build $(PAGE)/node_modules/.stamp ## Build wheel, source distribution, npm package, Terraform module, SBOM, and checksums in dist/.
	@$(BIN)/python scripts/tools/dist.py

rehearse: $(VENV)/.test $(PAGE)/node_modules/.stamp $(REGISTRY)/node_modules/.stamp build/rehearse/.stamp ## Publish dist/ to pypiserver and verdaccio on loopback, install it by the guides, and compare it with build/v1/next.
	@$(BIN)/python scripts/tools/rehearse.py

lock: build/lock/.stamp ## Write the lock files from pyproject.toml (UPGRADE=1 accepts newer versions).
	@UPGRADE="$(UPGRADE)" sh requirements/lock.sh

clean: ## Remove caches and generated files, except .venv and the committed output.
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build/site build/lock build/peers build/pip build/run build/rehearse build/sdks build/engine build/spark build/examples $(BENCH)
	rm -rf docs/reference docs/v1 docs/compiled docs/engine docs/fix docs/llms.txt docs/.sagemaker-roles.json docs/assets/composer
	find scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove .venv and the npm packages too.
	rm -rf $(VENV) $(ORACLE)/node_modules $(EDITOR)/node_modules tests/peers/node_modules $(PAGE)/node_modules $(REGISTRY)/node_modules

# --- setup: a stamp is written again when its lock file is newer -----------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: Python 3.11 or newer is needed; $(PYTHON) is" \
	    "$$($(PYTHON) --version 2>/dev/null || echo missing). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "make: $(PYTHON) cannot create a virtual environment (on Debian: apt-get install python3-venv)" >&2; exit 1; }

$(VENV)/.build: requirements/build.txt pyproject.toml | $(BIN)/python
	$(PIP) install $(LOCKED) -r requirements/build.txt
	$(PIP) install -q --no-build-isolation --no-deps -e .
	$(PIP) check
	@touch $@

$(VENV)/.test $(VENV)/.test-all $(VENV)/.docs: $(VENV)/.%: requirements/%.txt $(VENV)/.build
	$(PIP) install $(LOCKED) -r $<
	$(PIP) check
	@touch $@

# Beside .test, which it completes.
$(VENV)/.test-all: $(VENV)/.test

site-tools: $(VENV)/.docs $(PAGE)/node_modules/.stamp
	@sh tests/need.sh node nodejs chromium chromium
	@test -n "$$(fc-list 'Liberation Sans')" || sh tests/need.sh fonts-liberation fonts-liberation

$(BUNDLE): $(PAGE)/node_modules/.stamp $(PAGE)/build.mjs $(wildcard $(PAGE)/*.js)
	@node $(PAGE)/build.mjs

%/node_modules/.stamp: %/package-lock.json
	@sh tests/need.sh node nodejs npm npm
	cd $* && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# A virtual environment of its own: $(call environment,FOLDER,LOCK).
define environment
	rm -rf $(1)
	$(BIN)/python -m venv --without-pip $(1)
	$(PIP) --python $(1)/bin/python install $(LOCKED) -r $(2)
	$(PIP) --python $(1)/bin/python check
endef

$(BENCH)/.stamp: requirements/bench.txt | $(BIN)/python
	$(call environment,$(BENCH)/policy_sentry,$<)
	@touch $@

# What makes the lock files. Its pip, the newest, and the oldest that is supported are those of tests/test_locks.py.
build/lock/.stamp: requirements/lock.txt | $(BIN)/python
	$(call environment,$(@D),$<)
	@touch $@

build/pip/.stamp: requirements/pip.txt | $(BIN)/python
	rm -rf $(@D)
	$(PIP) install $(LOCKED) --target $(@D) -r $<
	@touch $@

# The wheels that tests/test_without_clone.py installs, for each Python that is supported.
build/run/.stamp: requirements/run.txt | $(BIN)/python
	rm -rf $(@D)
	for version in 3.11 3.12 3.13; do $(PIP) download $(LOCKED) --python-version $$version --dest $(@D) -r $< || exit 1; done
	@touch $@

# The servers of `make rehearse`, and beside them the wheels that the index has: what the wheel needs with all its extras.
build/rehearse/.stamp: requirements/rehearse.txt requirements/servers.txt | $(BIN)/python
	rm -rf build/rehearse
	$(PIP) download $(LOCKED) --dest build/rehearse/wheels -r requirements/rehearse.txt
	$(call environment,build/rehearse/venv,requirements/servers.txt)
	@touch $@

# Installed beside docs/, which is copied into the site.
build/examples/.stamp: $(EXAMPLE)/package-lock.json
	@sh tests/need.sh node nodejs npm npm
	rm -rf build/examples && mkdir -p build/examples
	cp $(EXAMPLE)/package.json $(EXAMPLE)/package-lock.json $(EXAMPLE)/.npmrc build/examples
	cd build/examples && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build/peers/.stamp: requirements/peers.txt tests/peers/package-lock.json | $(BIN)/python
	@sh tests/need.sh node nodejs npm npm
	rm -rf build/peers
	$(PIP) install $(LOCKED) --target build/peers -r requirements/peers.txt
	cd tests/peers && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Both versions of the SageMaker Python SDK, which exclude each other. Version 3 needs less than it installs: what
# version 2 needs is enough.
build/sdks/.stamp: requirements/sdk-v2.txt requirements/sdk-v3.txt | $(BIN)/python
	rm -rf build/sdks
	$(PIP) install $(LOCKED) --no-compile --target build/sdks/v2 -r requirements/sdk-v2.txt
	$(PIP) install $(LOCKED) --no-compile --target build/sdks/v3 -r requirements/sdk-v3.txt
	@touch $@

# Spark, which takes 500 MB and which only tests/test_fleet_spark.py needs. Its package has no wheel: setuptools of
# requirements/test-all.txt builds it.
build/spark/.stamp: requirements/spark.txt | $(VENV)/.test-all
	@sh tests/need.sh java default-jre-headless
	rm -rf build/spark
	$(PIP) install -q --no-compile --no-deps --no-build-isolation --require-hashes --target build/spark -r requirements/spark.txt
	@touch $@
