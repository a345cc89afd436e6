if [ -z "$(git ls-files -- 'test_*.py' '*/test_*.py')" ]; then
  echo "git has no test_*.py, so there are no tests"
elif ! python -c 'import pytest'; then
  echo "${NOTICE}The tests were not run, as pytest is not installed. Name it in ci.requirements, or say how by ci.tests."
else
  python -m pytest
fi
