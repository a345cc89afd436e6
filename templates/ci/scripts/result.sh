# Also after a failure: what was trained before it is published.
old=$(cat "$TEMP/head")
mapfile -t refs < <(git for-each-ref --format='%(objectname) %(refname)' refs/tags refs/mlspec/project |
  LC_ALL=C sort | LC_ALL=C comm -13 "$TEMP/refs" - | cut -d ' ' -f 2)
if [ "$(git rev-parse HEAD)" != "$old" ] || [ "${#refs[@]}" -gt 0 ]; then
  git update-ref refs/heads/mlspec-result HEAD
  git bundle create --quiet out/result.bundle refs/heads/mlspec-result "${refs[@]}" "^$old^@"
  echo "changed=true" >> "$OUTPUT"
fi
if [ -f out/outcome.md ]; then head -c 1000000 out/outcome.md >> "$SUMMARY"; fi
