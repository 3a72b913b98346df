#!/bin/sh
# A trial, a mend, and the next trial, in a throw-away repository of the example dataset. `make trial` runs it.
# Options go to both trials (--seed 1). --show 0: the answers of a model as small as this one are nonsense.
# Needs dsvc and examples/requirements.txt in the Python that `python` names.
set -eu
examples=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Nobody's settings; no progress bars; one thread, because two that wait for each other are slow on a busy machine.
export HOME="$folder" XDG_CONFIG_HOME="$folder/.config" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 PYTHONWARNINGS=ignore
export OMP_NUM_THREADS=1

run() { # show a command, then do it
  printf '\n$ %s\n' "$*"
  "$@"
}
version() { # commit a version of the example dataset
  cp "$examples/finance_qa_versions/$1.jsonl" finance_qa.jsonl
  shift
  run dsvc commit finance_qa.jsonl "$@"
}

mkdir "$folder/work"
cd "$folder/work"
git init --quiet
git config user.name 李敏
git config user.email li.min@example.com
dsvc init >/dev/null 2>&1
version v1.1 --source manual --license CC-BY-4.0 -m collected --allow-findings "as collected"
run dsvc pilot create v1.0 --name pilot-a --size 400 --stratify label
run python "$examples/trial.py" pilot-a --show 0 "$@"
version v1.2 -m corrected
run dsvc pilot carry pilot-a v1.1 --name pilot-b
run python "$examples/trial.py" pilot-b --base trial-model --epochs 2 --rate 1e-3 --show 0 "$@"
run dsvc pilot compare pilot-a pilot-b
