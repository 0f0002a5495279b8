#!/usr/bin/env bash
# Make the notebooks that hosted services can open, and push them to the branch `launch`:
#     tools/ci/push_launch.sh
# TOKEN: may write to GITHUB_REPOSITORY. GITHUB_REF_NAME: the tag that the notebooks install. REMOTE (for a trial): push there instead.
# Each release is a commit on top of the last one: nbgitpuller joins it with what students have changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)/launch
remote=${REMOTE:-https://x-access-token:$TOKEN@github.com/$GITHUB_REPOSITORY.git}
git init -q -b launch "$folder"
if git -C "$folder" fetch -q "$remote" launch 2>/dev/null; then
  git -C "$folder" reset -q --soft FETCH_HEAD
fi
python3 tools/launch_notebooks.py "$folder" "${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY" "$GITHUB_REF_NAME"
git -C "$folder" add -A
git -C "$folder" -c user.name="ResNet Live" -c user.email="resnet-live@users.noreply.github.com" commit -q --allow-empty -m "Notebooks of $GITHUB_REF_NAME"
git -C "$folder" push -q "$remote" launch
echo "Branch launch: the notebooks of $GITHUB_REF_NAME."
