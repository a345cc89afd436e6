mkdir -p out
git switch --quiet --force-create "$BRANCH" # as if it were merged; nothing of it is pushed
status=0
mlspec reconcile --only train --json out/outcome.json --markdown out/candidate.md || status=$?
if [ -f out/candidate.md ]; then head -c 1000000 out/candidate.md >> "$SUMMARY"; fi
exit "$status"
