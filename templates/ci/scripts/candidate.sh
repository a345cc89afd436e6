mkdir -p out
git switch --quiet --force-create "$BRANCH" # as if it were merged; nothing of it is pushed
status=0
MLSPEC_FETCHED=1 mlspec reconcile --only train --json out/outcome.json --markdown out/candidate.md || status=$?
if [ -f out/candidate.md ]; then head -c 1000000 out/candidate.md >> "$SUMMARY"; fi
exit "$status"
