# What comes from jobs that ran the repository's code is data here: each ref and each path of it is looked at.
# A project in a folder of its repository is told its own names.
chains_at=refs/${CHAINS:-mlspec} tags=${TAGS-} trained=${TRAINED:-mlspec/trained} below=${FOLDER:+$FOLDER/}
refuse() {
  echo "$ERROR$1"
  exit 1
}
network() { git -c credential.helper= -c "credential.$SERVER.helper=$HELPER" "$@"; }
learn() { network fetch --quiet origin "+refs/heads/$BRANCH:refs/remotes/origin/$BRANCH" '+refs/tags/*:refs/tags/*' "+$chains_at/*:$chains_at/*"; }
leads() { git merge-base --is-ancestor "$1" "$2"; }
# Whether all that changed between two trees are ordinary files of such names, or pointers where these may be, too.
only() {
  git diff-tree -r --raw --no-renames -z "$1" "$2" > "$TEMP/changes"
  while IFS= read -r -d '' head && IFS= read -r -d '' path; do
    [[ $head =~ ^:[0-7]{6}\ (100644|000000)\  && $path == "$3"* && ${path#"$3"} =~ $4 ]] && continue
    if [ "${5-}" != pointers ] || ! [[ $head =~ ^:[0-7]{6}\ 100644\  ]] || ! pointer "$1" "$2" "$path"; then return 1; fi
  done < "$TEMP/changes"
}
# The same of each commit that $1 (nothing, where empty) does not have, each by itself: what a later one takes back would
# still be in the history, and maybe under a version's tag. A merge is compared with what git makes of it by itself.
each() {
  local commit parent other
  git rev-list --parents "$2" ${1:+"^$1"} > "$TEMP/commits"
  while read -r commit parent other; do
    parent=${parent:-$nothing}
    if [ -n "$other" ]; then parent=$(git merge-tree --write-tree "$parent" "$other") || return 1; fi
    only "$parent" "$commit" "${@:3}" || return 1
  done < "$TEMP/commits"
}
# Whether it is DVC's pointer to data that was fetched anew and nothing more, or the line that hides such data from git.
pointer() {
  local data=${3%.dvc} lines='outs:|- md5: [0-9a-f]{32}|  size: [0-9]+|  hash: md5'
  [[ $3 == "$below"* ]] || return 1
  case "$3" in
    .*/* | */.*/*) return 1 ;;
    *.dvc)
      if git cat-file -e "$1:$3" 2> /dev/null; then
        changed "$@" "[+-]($lines|  md5: [0-9a-f]{32})"
      else
        # A new one is for a source that a spec names, and never for a file that git has.
        ! git cat-file -e "$1:$data" 2> /dev/null && git grep -qwF -e "${data#"$below"}" "$1" -- "${below}specs" &&
          [ "$(git cat-file blob "$2:$3" | grep -vxF "  path: ${data##*/}" | grep -cvxE "$lines")" = 0 ]
      fi
      ;;
    .gitignore | */.gitignore) changed "$@" '\+/[^/]+' ;;
    *) return 1 ;;
  esac
}
# Whether all lines that differ are such.
changed() { [ "$(GIT_LITERAL_PATHSPECS=1 git diff-tree -p --text -U0 "$1" "$2" -- "$3" | grep -aE '^[+-]' | grep -acvxE "(\+\+\+|---) .*|$4")" = 0 ]; }
# The records that only one chain has, put on top of the other's, as mlspec itself does it; prints the new tip.
replay() {
  local tip=$2 commit tree
  local -x GIT_INDEX_FILE=$TEMP/chain
  for commit in $(git rev-list --reverse --first-parent "$1" "^$2"); do
    git read-tree "$tip"
    git diff-tree -r --root --no-commit-id --no-renames "$commit" |
      awk -F '\t' '{ split($1, field, " "); print field[2] " " field[4] " 0\t" $2 }' | git update-index --index-info
    tree=$(git write-tree)
    tip=$(git log -1 --format=%B "$commit" | git commit-tree -p "$tip" "$tree")
  done
  echo "$tip"
}
model='^([a-z][a-z0-9-]{0,62}/((dvc|params)\.yaml|dvc\.lock|(metrics|validation|version|split|search)\.json|trials\.csv|plots/[a-z][a-z0-9_]*\.csv|Dockerfile|requirements\.txt|\.dockerignore|\.gitignore)|_features/[a-z][a-z0-9-]{0,62}/(dvc\.(yaml|lock)|\.gitignore))$'
record='^(models|sources)/[a-z][a-z0-9-]{0,62}\.json$'
version='^[a-z][a-z0-9-]{0,62}@v[0-9]+\.[0-9]+\.[0-9]+$'
nothing=$(git hash-object -t tree /dev/null)
shopt -s globstar nullglob
bundles=("$RESULTS"/**/result.bundle)
learn # what bundles go on from
for number in "${!bundles[@]}"; do
  git -c fetch.fsckObjects=true fetch --quiet --no-tags "${bundles[number]}" "+refs/*:refs/result/$number/*"
done
for _ in 1 2 3; do
  learn
  branch=$(git rev-parse "refs/remotes/origin/$BRANCH")
  declare -A chains=()
  for name in project notices; do chains[$name]=$(git rev-parse --verify --quiet "$chains_at/$name" || true); done
  tip=$branch
  refs=()
  for number in "${!bundles[@]}"; do
    result=$(git rev-parse "refs/result/$number/heads/mlspec-result")
    git merge-base "$tip" "$result" > /dev/null || refuse "a result that does not come from this branch"
    each "$tip" "$result" "$MODELS/" "$model" pointers || refuse "a result may only change mlspec's own files in $MODELS"
    if leads "$tip" "$result"; then
      tip=$result
    elif ! leads "$result" "$tip"; then
      # Somebody pushed meanwhile. What was trained stays what it is; whether it is still wanted, the next plan says.
      tree=$(git merge-tree --write-tree "$tip" "$result") || refuse "the branch changed the same files meanwhile; the next run starts from there"
      tip=$(git commit-tree -p "$tip" -p "$result" -m "mlspec: take in what was trained meanwhile" "$tree")
    fi
    for name in "${!chains[@]}"; do
      new=$(git rev-parse --verify --quiet "refs/result/$number/${chains_at#refs/}/$name") || continue
      chain=${chains[$name]}
      each "$chain" "$new" "" "$record" || refuse "a result's records are not mlspec's"
      if [ -z "$chain" ] || leads "$chain" "$new"; then
        chains[$name]=$new
      elif ! leads "$new" "$chain"; then
        chains[$name]=$(replay "$new" "$chain")
      fi
    done
  done
  while read -r ref; do
    case "$ref" in refs/result/*/heads/mlspec-result | refs/result/*/"${chains_at#refs/}/project" | refs/result/*/"${chains_at#refs/}/notices") continue ;; esac
    name=${ref#refs/result/*/tags/}
    [[ $name == "$tags"* && ${name#"$tags"} =~ $version ]] || refuse "a result may only have the tags of models' versions"
    commit=$(git rev-parse --verify --quiet "$ref^{commit}") || refuse "a version that is no commit"
    leads "$commit" "$tip" || refuse "a version that is not on the branch"
    if known=$(git rev-parse --verify --quiet "refs/tags/$name"); then
      [ "$known" = "$(git rev-parse "$ref")" ] || refuse "somebody else registered $name first; the next run starts from there"
    elif [ "$PUBLISH" = push ] || leads "$commit" "$branch"; then
      refs+=("$ref:refs/tags/$name")
    fi
  done < <(git for-each-ref --format='%(refname)' refs/result)
  for name in "${!chains[@]}"; do
    chain=${chains[$name]}
    if [ -n "$chain" ] && [ "$chain" != "$(git rev-parse --verify --quiet "$chains_at/$name")" ]; then refs+=("$chain:$chains_at/$name"); fi
  done
  if [ "$tip" != "$branch" ] && [ "$PUBLISH" = push ]; then refs+=("$tip:refs/heads/$BRANCH"); fi
  if [ "$tip" != "$branch" ] && [ "$PUBLISH" != push ]; then refs+=("+$tip:refs/heads/$trained"); fi
  [ "${#refs[@]}" -gt 0 ] || { echo "all of it is there already"; exit 0; }
  # All or nothing. A push with this token starts no workflow, so that it can't go round in circles.
  if network push --quiet --atomic origin "${refs[@]}"; then
    if [ "$tip" != "$branch" ] && [ "$PUBLISH" != push ]; then echo "proposed=true" >> "$OUTPUT"; fi
    exit 0
  fi
done
refuse "the push was refused; see above"
