mkdir -p out
git switch --quiet --force-create "$BRANCH" # as if it were merged; nothing of it is pushed
status=0
mlspec reconcile --only train --json out/outcome.json || status=$?
mlspec plan --markdown out/candidate.md
sed -i '1s/.*/### After training/' out/candidate.md
head -c 1000000 out/candidate.md >> "$GITHUB_STEP_SUMMARY"
exit "$status"
