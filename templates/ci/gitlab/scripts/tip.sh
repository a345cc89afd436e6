# The tip of the branch, not the pipeline's commit: one that is repeated later must not go back. Clones leave out refs/mlspec.
git fetch --quiet --prune origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*' '+refs/mlspec/*:refs/mlspec/*'
git switch --quiet --force-create "$BRANCH" "refs/remotes/origin/$BRANCH"
