# The tip of the branch, not the pipeline's commit: one that is repeated later must not go back. Clones leave out mlspec's records.
git fetch --quiet --prune origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*' "+refs/${CHAINS:-mlspec}/*:refs/${CHAINS:-mlspec}/*"
git switch --quiet --force-create "$BRANCH" "refs/remotes/origin/$BRANCH"
