#!/bin/sh
# Opens the sample reports and Reports/ in headless Chromium with an accessibility checker, and holds every output against
# its schema. Needs Chromium with its driver (Debian: apt-get install chromium chromium-driver), Python 3.11 or newer with
# venv, and PyPI; and Reports/, which `make audit` writes.
#
#     Tools/check-reports.sh [FOLDER-FOR-SCREENSHOTS]
set -eu
cd "$(dirname "$0")/.."
command -v chromedriver > /dev/null || {
    echo "error: no chromedriver; install it: apt-get install chromium chromium-driver" >&2
    exit 2
}
VENV=.venv-reports
[ -x $VENV/bin/python ] || "${PYTHON:-python3}" -m venv $VENV
$VENV/bin/python -m pip install --quiet --requirement Tools/requirements-reports.txt
# Of this package only its axe-core is used, not Playwright.
$VENV/bin/python -m pip install --quiet --no-deps axe-playwright-python==0.1.8

# The sources of pytest hold Jenkins's schema of JUnit's format.
JUNIT_XSD=$VENV/junit-10.xsd
[ -f $JUNIT_XSD ] || {
    $VENV/bin/python -m pip download --quiet --no-deps --no-binary pytest --dest $VENV/sources pytest==9.2.0
    tar -xzf $VENV/sources/pytest-9.2.0.tar.gz -C $VENV --strip-components=3 pytest-9.2.0/testing/example_scripts/junit-10.xsd
}
export JUNIT_XSD

SAMPLES=$(mktemp -d)
trap 'rm -rf "$SAMPLES"' EXIT
REFUTE_SAMPLES=$SAMPLES swift test -c release --disable-testable-imports --filter writeSampleReports
pages=$SAMPLES/six/index.html\ $SAMPLES/hostile/index.html\ $SAMPLES/extreme/index.html\ $SAMPLES/family/index.html\ $SAMPLES/calibration/index.html
folders=$SAMPLES/six\ $SAMPLES/hostile
if [ -f Reports/record.json ]; then
    .build/release/refute report Reports --reports "$SAMPLES/Reports" --format none
    pages=$pages\ $SAMPLES/Reports/index.html
    folders=$folders\ $SAMPLES/Reports
fi
# shellcheck disable=SC2086
$VENV/bin/python Tools/check_outputs.py $folders
# shellcheck disable=SC2086
$VENV/bin/python Tools/check_page.py $pages ${1:+--screenshots "$1"}
