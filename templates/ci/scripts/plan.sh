mkdir -p out
git switch --quiet --force-create "$BRANCH" # the plan is for when this is merged
status=0
MLSPEC_FETCHED=1 mlspec plan --markdown out/plan.md --json out/plan.json --detailed-exitcode || status=$?
# The summary takes 1 MiB; the artifact has all of it.
head -c 1000000 out/plan.md >> "$SUMMARY"
test "$status" -eq 0 || test "$status" -eq 2 # 2: there is something to do
