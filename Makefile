# Refute. On a machine with the Swift toolchain, git, make and apt, every target installs what it needs.

CONFIGURATION := release
SWIFT_BUILD := swift build -c $(CONFIGURATION)
REFUTE := .build/$(CONFIGURATION)/refute

.PHONY: help audit build test lint format bench calibrate data test-tools deps clean reports check-audit check-reports test-resume

help:
	@echo 'make audit       install what is missing, build, test Hypotheses/ on Data/, write Reports/'
	@echo 'make test        everything that CI runs: formatting, warnings, all tests'
	@echo 'make reports     the audit in the form that is committed: without host, versions and times'
	@echo 'make check-audit tests all claims again and compares with the committed audit'
	@echo 'make check-reports  the reports in headless Chromium, and all outputs against their schemas (needs Python and PyPI)'
	@echo 'make test-resume 20 runs, each killed at a random moment and resumed'
	@echo 'make bench       compare with scikit-learn and NumPy (needs Python and PyPI)'
	@echo 'make calibrate   false positives and coverage by simulation: the tables of docs/calibration.md'
	@echo 'make data        make Data/ again from the model (needs Python, PyPI and wordnet-base)'
	@echo 'make test-tools  the tests of the extractor (needs Python and PyPI)'
	@echo 'make format      format the Swift sources and the hypotheses'

audit: build
	$(REFUTE) run --data Data --reports Reports

# What is committed holds nothing of this machine, so that a difference is a difference of findings.
reports: audit
	$(REFUTE) report Reports --reproducible --reports Reports --format none

check-audit: build
	$(REFUTE) run --data Data --reports .build/audit --format none
	$(REFUTE) diff Reports .build/audit --fail-on-change verdict,drift,specification,vanished,new,text,data,seed

check-reports: deps
	Tools/check-reports.sh

test-resume: build
	Tests/kill-and-resume.sh

build: deps
	$(SWIFT_BUILD) --product refute

# The tests use no @testable import, so that they share the optimised build with the program.
test: deps lint
	swift test -c $(CONFIGURATION) --disable-testable-imports

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

format: build
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks
	$(REFUTE) fmt

bench: deps
	Benchmarks/run.sh

# An hour or more; nice, because nobody waits for it.
calibrate: deps
	$(SWIFT_BUILD) --product refute-calibrate
	nice -n 19 .build/$(CONFIGURATION)/refute-calibrate --write docs/calibration.md

data:
	Tools/make_data.sh

test-tools:
	Tools/test.sh

# GSL and OpenBLAS, from the system's packages.
deps:
	@Tools/install-libraries.sh

clean:
	rm -rf .build
