open=$(gh api "repos/$GITHUB_REPOSITORY/pulls?state=open&head=$GITHUB_REPOSITORY_OWNER:${TRAINED:-mlspec/trained}&base=$BRANCH" --jq length)
if [ "$open" -eq 0 ]; then
  gh api --silent "repos/$GITHUB_REPOSITORY/pulls" -f head="${TRAINED:-mlspec/trained}" -f base="$BRANCH" \
    -f title="mlspec: what was trained${FOLDER:+ in $FOLDER}" -f body="Versions get their tags when this is merged, by whatever kind of merge."
fi
