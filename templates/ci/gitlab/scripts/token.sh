if [ -z "$MLSPEC_TOKEN" ]; then
  echo "${ERROR}There is no variable MLSPEC_TOKEN for the environment $CI_ENVIRONMENT_NAME: a token that may push."
  exit 1
fi
