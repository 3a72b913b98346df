#!/bin/sh
# Gate all datasets of a branch: gate.sh BASE REPORT
#
# BASE    a commit of the branch to merge into, such as origin/main; one commit of it is enough (a shallow clone)
# REPORT  the Markdown report is written there
#
# Only lines that differ from BASE are read, and fetched from the DVC remote; the report names the rules that need more.
# Where a commit kept what such a rule found, that rule runs over all records. Exit status: 0 when no gate failed, 1 when
# one did, anything else when it could not be found out (2: wrong usage, 3: there is no such commit).
set -eu
if [ $# -ne 2 ] || [ -z "$1" ] || [ -z "$2" ]; then
    echo "usage: gate.sh BASE REPORT   (such as: gate.sh origin/main report.md)" >&2
    exit 2
fi
base=$1 report=$2
if ! git rev-parse --verify --quiet "$base^{commit}" >/dev/null; then
    echo "gate.sh: there is no commit '$base' here; fetch it: git fetch --depth=1 origin BRANCH:refs/remotes/origin/BRANCH" >&2
    exit 3
fi
names=$(mktemp) part=$(mktemp)
trap 'rm -f "$names" "$part"' EXIT

dsvc status --json >"$part"
python3 -c 'import json, sys
for line in sys.stdin:
    print(json.loads(line)["dataset"])' <"$part" >"$names"

: >"$report"
status=0
while IFS= read -r name; do
    known=0 code=0
    dsvc show "$name@$base" >/dev/null 2>"$part" </dev/null || known=$?
    case $known in
    0) dsvc validate "$name@$base..HEAD" --changed --gate --format markdown >"$part" </dev/null || code=$? ;;
    3) # a new dataset: all of it is looked at
        dsvc validate "$name@HEAD" --gate --format markdown >"$part" </dev/null || code=$? ;;
    *)
        cat "$part" >&2
        exit "$known"
        ;;
    esac
    cat "$part" >>"$report"
    case $code in
    0) ;;
    1) status=1 ;;
    *) exit "$code" ;;
    esac
done <"$names"
exit "$status"
