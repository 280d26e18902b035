# Daily commands. `make help` lists them.

# Asked for each time, since `make setup-test` may just have installed what decides it.
SWIFT_BUILD = swift build -c release $(shell Scripts/lib/build-options.sh)
HOLDFAST := .build/release/holdfast
DATA ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-bench docs-viewer build build-tests run test test-swift test-locked test-tsan \
    test-tokens test-webhooks test-kafka test-feed fuzz-roles contract test-contract test-examples \
    test-clients test-deploy test-roles test-secrets test-snippet docs dist test-dist sbom test-soak soak bench bench-micro bench-curves pages pages-dev \
    test-pages screenshot \
    format lint migrate proof schema test-schema verify-full clean

help: ## Say what there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

setup: ## Install what the build needs and is missing (Debian packages; says so first)
	@Scripts/setup.sh

setup-test: setup ## Install what the tests need besides: librdkafka, with which the program delivers to Kafka too
	@Scripts/setup.sh librdkafka

docs-viewer: ## Fetch the page viewer that /docs shows the contract with
	@Scripts/docs-viewer.sh

build: setup ## Build everything, optimised: one build serves run and test
	$(SWIFT_BUILD) --product holdfast

run: build docs-viewer ## Start the demo: a real week of sales through the API, then stay up and serve
	@$(HOLDFAST) demo

test: ## Run every check that CI runs, and say where the time went
	@Scripts/test.sh setup-test lint test-schema build-tests \
		test-swift/test-deploy,test-roles,test-secrets,test-contract,bench-micro,test-locked

pages: ## List the files of Pages/ for the program, which embeds them
	@python3 Scripts/list-pages.py

pages-dev: ## Serve Pages/ from disk before a running service: make pages-dev [PORT=8090 UPSTREAM=http://127.0.0.1:8080]
	@python3 Scripts/serve-pages.py $(or $(PORT),8090) $(or $(UPSTREAM),http://127.0.0.1:8080)

build-tests: setup
	$(SWIFT_BUILD) --build-tests

test-swift: build-tests ## Build and run the Swift tests
	@Scripts/test-swift.sh

# Suites in which facts reach the optimistic write. WritePathTests compare both ways line by line anyway.
LOCKED_SUITES := FactStore|LateData|Parking|AwaitedVariance|ViewProperty|Movement|CountRoutes|Cover|Handover|Kit|Transfer|TimeTravel

test-locked: build-tests ## Once more without the optimistic write: the suites in which facts reach it
	@HOLDFAST_WRITE_PATH=locked Scripts/test-swift.sh --filter '($(LOCKED_SUITES))'

test-tsan: setup ## Run the tests of what has threads with the Thread Sanitizer, in a build of their own (about 4 minutes)
	@Scripts/test-tsan.sh

contract: ## Bundle the parts of the contract in api/ to openapi.yaml
	@python3 Scripts/bundle-contract.py

test-examples: build ## Try every example of the contract on a new demo, as somebody would in /docs (most of a minute)
	@Scripts/python-tools.sh PyYAML==6.0.4
	@.venv/bin/python Scripts/test-examples.py $(HOLDFAST)

test-contract: build docs-viewer ## Check openapi.yaml, and drive the API with a generated Python client
	@Scripts/test-contract.sh

test-tokens: build ## Try access with issuers that are not ours: flows, bad tokens, rotations under traffic (half a minute)
	@Scripts/python-tools.sh Authlib==1.9.10 Flask==3.1.3 joserfc==1.8.0 oidc-provider-mock==0.3.4
	@.venv/bin/python -W ignore Scripts/test-tokens.py .build/release/holdfast

test-webhooks: build ## Try webhooks with receivers that are not ours: signatures, order, failures, kills, private addresses (a minute)
	@Scripts/python-tools.sh standardwebhooks==1.1.0 cloudevents==2.2.0
	@.venv/bin/python Scripts/test-webhooks.py .build/release/holdfast

test-kafka: setup-test build ## Try Kafka with clients that are not ours: both modes, order, a kill, events read with cloudevents (a minute)
	@Scripts/python-tools.sh confluent-kafka==2.16.1 cloudevents==2.2.0
	@.venv/bin/python Scripts/test-kafka.py .build/release/holdfast

test-feed: build ## Follow the feed in every way while processes are killed: make test-feed [SECONDS=60 RATE=5000 STREAMS=50 KILLS=3]
	@python3 Scripts/test-feed.py .build/release/holdfast --seconds $(or $(SECONDS),10) --rate $(or $(RATE),500) \
	    --streams $(or $(STREAMS),10) --kills $(or $(KILLS),1)

test-clients: build ## Make clients for Python, TypeScript and Java from the contract, and sell an order with the first two (a minute)
	@Scripts/test-clients.sh

test-deploy: build ## Run the commands of docs/deploy.md: a service with TLS, a shop and a till
	@Scripts/setup.sh openssl
	@timeout 600 Scripts/test-deploy.sh

test-roles: build ## Serve as deploy/roles.sql's writer, and try what each role of the database may and may not do
	@timeout 600 Scripts/test-roles.sh

test-secrets: build ## Look for passwords, keys and tokens in logs, answers and the database, at log level trace
	@Scripts/setup.sh openssl
	@timeout 600 Scripts/test-secrets.sh

test-snippet: build ## Open the page of docs/storefront-snippet.md in Chromium, and sell its item (installs Chromium if it is missing)
	@Scripts/setup.sh chromium chromedriver
	@Scripts/python-tools.sh selenium==4.38.0
	@.venv/bin/python Scripts/test-snippet.py .build/release/holdfast

docs: ## Build the documentation as a site with search, to .build/site; it needs no internet to be read
	@Scripts/python-tools.sh mkdocs-material==9.8.2
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet
	@echo "docs: .build/site/index.html; with search: python3 -m http.server --bind 127.0.0.1 --directory .build/site 8099"

dist: build docs-viewer ## Pack a release that needs no Swift, to .build/dist (a quarter of a minute)
	@Scripts/setup.sh patchelf strip
	@Scripts/dist.sh

test-dist: dist ## Unpack the release in an empty folder and run the demo from it (a minute)
	@timeout 600 Scripts/test-dist.sh

test-pages: build ## Walk through the pages in Chromium as associates, operators and shoppers, with axe and screenshots (two minutes)
	@Scripts/setup.sh chromium
	@Scripts/python-tools.sh playwright==1.65.2 axe-playwright-python==0.1.8 Authlib==1.9.10 Flask==3.1.3 joserfc==1.8.0
	@.venv/bin/python -W ignore Scripts/test-pages.py $(HOLDFAST)

screenshot: build ## Draw the pictures of pages in docs/images anew, from a demo: make screenshot [SERVICE=http://127.0.0.1:8080]
	@Scripts/setup.sh chromium pdftocairo
	@Scripts/python-tools.sh playwright==1.65.2 axe-playwright-python==0.1.8 Authlib==1.9.10 Flask==3.1.3 joserfc==1.8.0
	@.venv/bin/python Scripts/screenshot.py $(HOLDFAST) $(if $(SERVICE),--service $(SERVICE))

sbom: ## Write what the program is made of, as CycloneDX, to sbom.json; after `make build`
	@python3 Scripts/sbom.py > sbom.json

fuzz-roles: build ## Let Schemathesis loose with the token of each role, bound and not (ten minutes; by hand)
	@Scripts/python-tools.sh schemathesis==4.32.5
	@Scripts/fuzz-roles.py .build/release/holdfast

test-schema: setup ## Fail when schema.sql or the list of migrations is not what the files make
	@Scripts/schema.sh --check

test-soak: build ## Run a minute of the soak, as CI does after `make test`: two processes under everything that can go wrong, then the proof
	@timeout 600 python3 Scripts/soak.py $(HOLDFAST) --seconds 60

soak: build ## Ten minutes of it, with the times of single calls: make soak [SOAK_SECONDS=600]
	@python3 Scripts/soak.py $(HOLDFAST) --seconds $(or $(SOAK_SECONDS),600)

setup-bench: setup ## Install what measuring needs and is missing
	@Scripts/setup.sh wrk h2load valgrind openssl

bench: setup-bench build ## Measure beside raw SQL, about 15 minutes: make bench [ROW=hot] [QUICK=1] [DATA=folder]
	@python3 Benchmarks/load/bench.py $(if $(ROW),--row $(ROW)) $(if $(QUICK),--quick) $(if $(DATA),--data "$(DATA)")

bench-micro: setup ## Count instructions and allocations of the hot paths and hold them to their limits
	@Scripts/setup.sh valgrind strip
	$(SWIFT_BUILD) --product profile
	@Scripts/bench-micro.sh

bench-curves: ## Draw the results of all runs in bench-results/ as bench-results/curves.svg
	@Scripts/python-tools.sh matplotlib==3.10.3
	@.venv/bin/python Benchmarks/load/curves.py

format: ## Format the sources in place
	swift format --in-place --recursive Sources Tests Package.swift

lint: ## Check formatting, that docs/dependencies.md and docs/security.md name what there is, and the list of pages
	swift format lint --strict --recursive Sources Tests Package.swift
	@python3 Scripts/sbom.py --check
	@python3 Scripts/list-pages.py --check
	@Scripts/check-security-page.sh

migrate: build ## Bring the database of the settings to the newest schema
	@$(HOLDFAST) migrate

schema: setup ## List the migrations for the program, and write schema.sql, the whole schema as one file, from them
	@Scripts/schema.sh

proof: build ## Prove that every balance is the fold of its ledger lines
	@$(HOLDFAST) proof

verify-full: build ## Import the real data twice and 100 MB killed twice, and compare with the files: make verify-full DATA=folder
	@test -n "$(DATA)" || { echo "give the folder of the data: make verify-full DATA=path/to/data"; exit 2; }
	@Scripts/verify-full.sh "$(DATA)"

clean: ## Remove what was built and fetched; keeps the demo's data in .holdfast
	rm -rf .build .build-tsan .tools .venv
