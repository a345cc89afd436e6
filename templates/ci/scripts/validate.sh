mkdir -p out
status=0
mlspec validate > out/problems.txt || status=$?
cat out/problems.txt
if [ "$status" -ne 0 ]; then
  # Indented, so that nothing in it is markup.
  { printf '### mlspec plan\n\nThere is no plan, as the specs have problems:\n\n'; sed 's/^/    /' out/problems.txt; } > out/plan.md
  head -c 1000000 out/plan.md >> "$SUMMARY"
fi
exit "$status"
