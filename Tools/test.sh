#!/bin/sh
# Runs the extractor's tests in a virtual environment. Needs Python 3.11 or newer with venv.
set -eu
cd "$(dirname "$0")/.."
[ -x .venv/bin/python ] || "${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --requirement Tools/requirements.txt
exec .venv/bin/python -m pytest Tools/tests
