# Also after a failure: what was trained before it is published.
old=$(cat "$TEMP/head")
new=$(git rev-parse HEAD)
mapfile -t refs < <(git for-each-ref --format='%(objectname) %(refname)' refs/tags "refs/${CHAINS:-mlspec}/project" "refs/${CHAINS:-mlspec}/notices" |
  LC_ALL=C sort | LC_ALL=C comm -13 "$TEMP/refs" - | cut -d ' ' -f 2)
if [ "$new" = "$(cat "$TEMP/adopted" 2> /dev/null)" ]; then
  # What waits to be merged is no result of this run; its versions get their tags when it is merged.
  new=$old
  for index in "${!refs[@]}"; do
    case "${refs[index]}" in refs/tags/*) git merge-base --is-ancestor "${refs[index]}^{commit}" "$old" || unset "refs[index]" ;; esac
  done
fi
if [ "$new" != "$old" ] || [ "${#refs[@]}" -gt 0 ]; then
  git update-ref refs/heads/mlspec-result "$new"
  git bundle create --quiet out/result.bundle refs/heads/mlspec-result "${refs[@]}" "^$old^@"
  echo "changed=true" >> "$OUTPUT"
fi
if [ -f out/outcome.md ]; then head -c 1000000 out/outcome.md >> "$SUMMARY"; fi
