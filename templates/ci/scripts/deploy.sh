mkdir -p out
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="credential.$GITHUB_SERVER_URL.helper" GIT_CONFIG_VALUE_0="$HELPER"
status=0
mlspec plan --env "$ENVIRONMENT" --markdown out/plan.md --detailed-exitcode -- ${MODEL:+"$MODEL"} || status=$?
head -c 1000000 out/plan.md >> "$GITHUB_STEP_SUMMARY"
test "$status" -eq 0 || test "$status" -eq 2 # 2: there is something to do
if [ "$MODE" = check ]; then exit "$status"; fi
status=0
mlspec reconcile --only deploy --env "$ENVIRONMENT" --push \
  --json out/outcome.json --markdown out/outcome.md -- ${MODEL:+"$MODEL"} || status=$?
if [ -f out/outcome.md ]; then head -c 1000000 out/outcome.md >> "$GITHUB_STEP_SUMMARY"; fi
exit "$status"
