# What live traffic says of the models. It fails nothing: whether it trains a model again, its spec says.
mkdir -p out
status=0
mlspec drift --env "$ENVIRONMENT" > out/drift.txt 2> out/drift-errors.txt || status=$?
cat out/drift-errors.txt
if [ -s out/drift.txt ]; then
  # Indented, so that nothing in it is markup.
  { printf '### Live traffic in %s\n\n' "$ENVIRONMENT"; sed 's/^/    /' out/drift.txt; } >> "$SUMMARY"
fi
if [ "$status" -eq 3 ]; then echo "${WARNING}Live traffic in $ENVIRONMENT is not what was trained on: see the summary."; fi
