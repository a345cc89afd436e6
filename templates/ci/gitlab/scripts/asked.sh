# What somebody who starts a pipeline may choose; a model's name is one word, whatever is in it.
export MODE=${MLSPEC_CI_MODE:-reconcile}
chosen=(${MLSPEC_CI_MODEL:+"$MLSPEC_CI_MODEL"})
