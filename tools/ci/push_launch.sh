#!/usr/bin/env bash
# Make the notebooks that hosted services can open, and push them as the branch `launch`:
#     tools/ci/push_launch.sh
# TOKEN: may write to GITHUB_REPOSITORY. GITHUB_REF_NAME: the tag that the notebooks install. REMOTE (for a trial): push there instead.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)/launch
python3 tools/launch_notebooks.py "$folder" "${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY" "$GITHUB_REF_NAME"
remote=${REMOTE:-https://x-access-token:$TOKEN@github.com/$GITHUB_REPOSITORY.git}
git -C "$folder" init -q -b launch
git -C "$folder" add -A
git -C "$folder" -c user.name="ResNet Live" -c user.email="resnet-live@users.noreply.github.com" commit -q -m "Notebooks of $GITHUB_REF_NAME"
git -C "$folder" push -q --force "$remote" launch
echo "Branch launch: the notebooks of $GITHUB_REF_NAME."
