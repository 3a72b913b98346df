#!/bin/sh
# Gate all datasets of a branch: gate.sh BASE REPORT
#
# BASE    a commit of the branch to merge into, such as origin/main; one commit of it is enough (a shallow clone)
# REPORT  the Markdown report is written there
#
# Only lines that differ from BASE are read, and fetched from the DVC remote. Exit status: 0 when no gate failed, 1 when
# one did, anything else when it could not be found out.
set -eu
base=$1 report=$2
names=$(mktemp) part=$(mktemp)
trap 'rm -f "$names" "$part"' EXIT

dsvc status --json >"$part"
python3 -c 'import json, sys
for line in sys.stdin:
    print(json.loads(line)["dataset"])' <"$part" >"$names"

: >"$report"
status=0
while IFS= read -r name; do
    code=0
    if dsvc show "$name@$base" >/dev/null 2>&1; then
        dsvc validate "$name@$base..HEAD" --changed --gate --format markdown >"$part" </dev/null || code=$?
    else # a new dataset: all of it is looked at
        dsvc validate "$name@HEAD" --gate --format markdown >"$part" </dev/null || code=$?
    fi
    cat "$part" >>"$report"
    case $code in
    0) ;;
    1) status=1 ;;
    *) exit "$code" ;;
    esac
done <"$names"
exit "$status"
