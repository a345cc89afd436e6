# The plan is for when this is merged, and a fork knows nothing of what was trained. Clones leave out mlspec's records.
from=origin
if [ "$CI_MERGE_REQUEST_PROJECT_ID" != "$CI_PROJECT_ID" ]; then from=$CI_MERGE_REQUEST_PROJECT_URL.git; fi
git fetch --quiet "$from" "+refs/heads/$BRANCH:refs/mlspec-target" '+refs/tags/*:refs/tags/*' "+refs/${CHAINS:-mlspec}/*:refs/${CHAINS:-mlspec}/*"
if ! git merge --quiet --no-edit refs/mlspec-target; then
  git merge --abort || true
  echo "${WARNING}This does not merge cleanly, so the plan is for the branch as it is."
fi
