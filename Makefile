# Refute. On a machine with the Swift toolchain, git, make and apt, every target installs what it needs.

CONFIGURATION := release
SWIFT_BUILD := swift build -c $(CONFIGURATION)
REFUTE := .build/$(CONFIGURATION)/refute

.PHONY: help audit build test lint format bench data test-tools deps clean

help:
	@echo 'make audit       install what is missing, build, test Hypotheses/ on Data/, write Reports/'
	@echo 'make test        everything that CI runs: formatting, warnings, all tests'
	@echo 'make bench       compare with scikit-learn and NumPy (needs Python and PyPI)'
	@echo 'make data        make Data/ again from the model (needs Python, PyPI and wordnet-base)'
	@echo 'make test-tools  the tests of the extractor (needs Python and PyPI)'
	@echo 'make format      format the Swift sources and the hypotheses'

audit: build
	$(REFUTE) run --data Data --reports Reports

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

data:
	Tools/make_data.sh

test-tools:
	Tools/test.sh

# GSL and OpenBLAS, from the system's packages.
deps:
	@Tools/install-libraries.sh

clean:
	rm -rf .build
