# The reference site: `make site`, `make serve`, and what its tests need. Part of the Makefile.
COMPOSER := composer
BUNDLE   := docs/assets/composer/composer.js
export NO_MKDOCS_2_WARNING := 1

.PHONY: test-site site serve clean-site distclean-site site-tools

site: build $(VENV)/.docs $(BUNDLE) ## Build the reference site into build/site.
	@$(BIN)/mkdocs build --strict

serve: build $(VENV)/.docs $(BUNDLE) ## Open the site locally; it follows the records and pages as they are saved.
	@$(BIN)/mkdocs serve --dirty --open

test: site-tools $(BUNDLE)

test-site: $(VENV)/.test site-tools $(BUNDLE) ## Run only the tests of the site, in a real browser.
	$(BIN)/pytest -q -n 1 --dist loadgroup tests/site

site-tools: $(VENV)/.docs $(COMPOSER)/node_modules/.stamp
	@sh tests/need.sh node nodejs chromium chromium

clean: clean-site

clean-site:
	rm -rf docs/llms.txt docs/.sagemaker-roles.json docs/assets/composer

distclean: distclean-site

distclean-site:
	rm -rf $(COMPOSER)/node_modules

$(VENV)/.docs: requirements/docs.txt $(VENV)/.build
	$(PIP) install -q --require-hashes -r requirements/docs.txt
	@touch $@

$(BUNDLE): $(COMPOSER)/node_modules/.stamp $(COMPOSER)/build.mjs $(wildcard $(COMPOSER)/src/*.js $(COMPOSER)/src/*/*.js)
	@node $(COMPOSER)/build.mjs

$(COMPOSER)/node_modules/.stamp: $(COMPOSER)/package-lock.json
	@sh tests/need.sh node nodejs npm npm
	cd $(COMPOSER) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
