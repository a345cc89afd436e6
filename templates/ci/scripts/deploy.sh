mkdir -p out
status=0
mlspec plan --env "$ENVIRONMENT" --markdown out/plan.md --detailed-exitcode -- "${chosen[@]}" || status=$?
head -c 1000000 out/plan.md >> "$SUMMARY"
test "$status" -eq 0 || test "$status" -eq 2 # 2: there is something to do
if [ "$MODE" = check ]; then exit "$status"; fi
status=0
mlspec reconcile --only deploy --env "$ENVIRONMENT" --push \
  --json out/outcome.json --markdown out/outcome.md -- "${chosen[@]}" || status=$?
if [ -f out/outcome.md ]; then head -c 1000000 out/outcome.md >> "$SUMMARY"; fi
if [ "$status" -eq 4 ] && python -I -c 'import json; assert json.load(open("out/outcome.json"))["stopped"]["reason"] == "Superseded"' 2> /dev/null; then
  echo "A newer revision acts on $ENVIRONMENT, so there is nothing left to do here."
  exit 0
fi
exit "$status"
