# Clones leave mlspec's records out. The token is for private repositories, and stays in this step.
git -c "credential.$SERVER.helper=$HELPER" fetch --quiet origin "+refs/${CHAINS:-mlspec}/*:refs/${CHAINS:-mlspec}/*"
