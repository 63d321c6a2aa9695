#!/usr/bin/env bash
# Kills a run of eight claims at random moments with SIGKILL, resumes it, and compares with an uninterrupted run.
#
#     Tests/kill-and-resume.sh [TIMES]      20 by default
set -euo pipefail
cd "$(dirname "$0")/.."

times=${1:-20}
refute=${REFUTE:-.build/release/refute}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Eight claims that are quickly tested, and each its own random numbers: streams are keyed by the name.
for number in 1 2 3 4 5 6 7 8; do
    sed "s/valence of nouns/valence of nouns, $number/" Hypotheses/gaussian.hypothesis > "$work/$number.hypothesis"
done
run=("$refute" run "$work" --quiet --format none --fail-on '')

now() { date +%s%N; }
reproducible() { "$refute" report "$1" --reproducible --format json; }

start=$(now)
"${run[@]}" --reports "$work/fresh"
length=$((($(now) - start) / 1000000))
reproducible "$work/fresh" > "$work/expected"
echo "an uninterrupted run takes $length ms"

kept=0
for ((round = 1; round <= times; round++)); do
    rm -rf "$work/r"
    "${run[@]}" --reports "$work/r" 2> /dev/null &
    process=$!
    moment=$(((RANDOM * 32768 + RANDOM) % (length + 1)))
    sleep "$((moment / 1000)).$(printf '%03d' $((moment % 1000)))"
    kill -KILL "$process" 2> /dev/null || true
    wait "$process" 2> /dev/null || true
    finished=0
    if [ -f "$work/r/record.json" ]; then finished=$(grep -c '"met_expectation"' "$work/r/record.json" || true); fi
    "${run[@]}" --reports "$work/r" --resume
    if ! reproducible "$work/r" | cmp - "$work/expected"; then
        echo "round $round: killed after $moment ms with $finished claims finished, the record is another one" >&2
        exit 1
    fi
    left=$(find "$work/r" -name '.*' -type f | wc -l)
    if [ "$left" -gt 0 ]; then
        echo "round $round: $left drafts were left behind" >&2
        exit 1
    fi
    kept=$((kept + finished))
    echo "round $round: killed after $moment ms with $finished claims finished: the same record"
done
echo "$times of $times records are identical; $kept finished claims were not tested again"
