#!/usr/bin/env bash
# Grade a folder of submissions and put the grades on the job's summary page:
#     tools/ci/grade.sh SUBMISSIONS OUT [more options of resnet-live grade]
# BIN: the folder with python and resnet-live. SHARD: grade only this part of a class, e.g. 2/4. GPU=--gpu: fail unless CUDA was used.
set -euo pipefail
submissions=$1
out=$2
shift 2
bin=${BIN:-.venv/bin}
tools=$(dirname "$0")
if [ "${SHARD:-1/1}" != 1/1 ]; then
  part=$(mktemp -d)/class
  "$bin/python" "$tools/shards.py" take "$submissions" "$part" --shard "$SHARD"
  submissions=$part
fi
# Ubuntu 24.04 keeps namespaces from ordinary users; the grader uses them to shut off network, files and processes.
if [ -e /proc/sys/kernel/apparmor_restrict_unprivileged_userns ] && sudo -n true 2>/dev/null; then
  sudo sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0 || true
fi
# what is not finished is on the summary too, and the job fails after it
code=0
"$bin/resnet-live" grade "$submissions" --out "$out" "$@" || code=$?
[ -e "$out/results.json" ] || exit "$code"
# shellcheck disable=SC2086 # empty or one option
"$bin/python" "$tools/summary.py" "$out" ${GPU:-} | tee "$out/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
exit "$code"
