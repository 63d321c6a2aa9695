#!/bin/sh
# Measures the permutation engine against its peers in one run. Needs the Swift toolchain and Python 3.11 or newer.
# Usage: Benchmarks/run.sh [--rounds N] [--write FILE]
set -eu
cd "$(dirname "$0")/.."
venv=.venv-bench
stamp=$venv/installed-requirements.txt
if ! cmp -s Benchmarks/requirements.txt "$stamp"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement Benchmarks/requirements.txt
  cp Benchmarks/requirements.txt "$stamp"
fi
swift build -c release --product refute-bench
exec "$venv/bin/python" Benchmarks/run.py --engine "$(swift build -c release --show-bin-path)/refute-bench" "$@"
