mkdir -p out
MLSPEC_FETCHED=1 mlspec plan --markdown out/plan.md --json out/plan.json -- "${chosen[@]}"
head -c 1000000 out/plan.md >> "$SUMMARY"
# Said before anything is trained, as the result could not be pushed: no workflow may change workflows.
if ! python -I -c 'import json; assert all(a["model"] for a in json.load(open("out/plan.json"))["actions"])' 2> /dev/null; then
  echo "${ERROR}The workflows are not what the project's spec says. Run mlspec compile, and commit what it writes."
  exit 1
fi
