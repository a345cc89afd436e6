mkdir -p out
git rev-parse HEAD > "$TEMP/head"
git for-each-ref --format='%(objectname) %(refname)' refs/tags refs/mlspec/project | LC_ALL=C sort > "$TEMP/refs"
mlspec reconcile --only train --json out/outcome.json --markdown out/outcome.md -- "${chosen[@]}"
