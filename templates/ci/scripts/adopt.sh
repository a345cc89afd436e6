# What was trained and waits to be merged is not trained again: results alone, never code, as nobody has looked at them
# yet; and while the branch has not changed the same files since.
git rev-parse HEAD > "$TEMP/head"
results=' 100644 .*/[a-z][a-z0-9-]{0,62}/(dvc\.lock|(metrics|validation|version|split|search)\.json|trials\.csv|plots/[a-z][a-z0-9_]*\.csv)$'
if waits=$(git rev-parse --verify --quiet "refs/remotes/origin/${TRAINED:-mlspec/trained}") && base=$(git merge-base HEAD "$waits"); then
  {
    git diff-tree -r --raw --no-renames "$base" "$waits"
    git rev-list "$waits" ^HEAD | git diff-tree --stdin --root --no-commit-id -r --raw --no-renames # what was taken back, too
  } > "$TEMP/waits"
  mapfile -t files < <(cut -f 2 "$TEMP/waits")
  if [ -s "$TEMP/waits" ] && [ "$(grep -cvE "$results" "$TEMP/waits")" = 0 ] &&
    git -C "$(git rev-parse --show-toplevel)" --literal-pathspecs diff-tree --quiet "$base" HEAD -- "${files[@]}"; then
    git -c user.name="mlspec[bot]" -c user.email="mlspec[bot]@localhost" merge --quiet --no-edit "$waits"
    git rev-parse HEAD > "$TEMP/adopted"
  fi
fi
