#!/usr/bin/env bash
# The step of action.yml: runs Refute as the REFUTE_* variables say, annotates the lines of the claims, and writes the step
# summary and the outputs. Ends with the exit code of `refute run`.
#
#     Tools/ci/run.sh PATH-OF-REFUTE
set -uo pipefail

refute=$1
reports=${REFUTE_REPORTS:-Reports}
arguments=(--data "${REFUTE_DATA:-Data}" --reports "$reports" --format github
    --fail-on "${REFUTE_FAIL_ON-artifact,falsified,unfounded,invalid}"
    --fail-on-change "${REFUTE_FAIL_ON_CHANGE-verdict,drift,vanished}")
if [ -n "${REFUTE_BASELINE:-}" ]; then arguments+=(--baseline "$REFUTE_BASELINE"); fi
if [ "${REFUTE_REQUIRE_LOCK:-false}" = true ]; then arguments+=(--require-lock); fi
if [ -n "${REFUTE_JOBS:-}" ]; then arguments+=(--jobs "$REFUTE_JOBS"); fi
read -r -a hypotheses <<< "${REFUTE_HYPOTHESES:-Hypotheses}"

# An earlier run's reports must not pass for this one's.
rm -f "$reports/record.json" "$reports/index.html" "$reports/summary.md" "$reports/junit.xml" "$reports/results.sarif"
"$refute" run "${hypotheses[@]}" "${arguments[@]}"
code=$?

summary=${GITHUB_STEP_SUMMARY:-/dev/null}
if [ -f "$reports/summary.md" ]; then
    cat "$reports/summary.md" >> "$summary"
    if [ -n "${REFUTE_BASELINE:-}" ]; then
        "$refute" diff "$REFUTE_BASELINE" "$reports" --format markdown \
            --fail-on-change "${REFUTE_FAIL_ON_CHANGE-verdict,drift,vanished}" >> "$summary" || true
    fi
else
    echo "Refute ended with code $code and wrote no report; the log says why." >> "$summary"
fi
{
    echo "code=$code"
    echo "record=$reports/record.json"
    echo "report=$reports/index.html"
    echo "sarif=$reports/results.sarif"
} >> "${GITHUB_OUTPUT:-/dev/null}"
exit "$code"
