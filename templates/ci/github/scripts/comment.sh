mine='.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER))) | .id'
id=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL/comments?per_page=100" --jq "$mine" | sed -n 1p)
if [ -n "$id" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F body=@comment.md
else
  gh api --silent "repos/$GITHUB_REPOSITORY/issues/$PULL/comments" -F body=@comment.md
fi
