# MLSPEC_FETCHED: a step before this one has asked origin, with a token that is not here.
mkdir -p out
[ -f "$TEMP/head" ] || git rev-parse HEAD > "$TEMP/head"
git for-each-ref --format='%(objectname) %(refname)' refs/tags "refs/${CHAINS:-mlspec}/project" "refs/${CHAINS:-mlspec}/notices" | LC_ALL=C sort > "$TEMP/refs"
MLSPEC_FETCHED=1 mlspec reconcile --only train --json out/outcome.json --markdown out/outcome.md -- "${chosen[@]}"
