for file in out/plan.md out/candidate.md; do
  # They come from jobs that ran the repository's code; a link could lead to a token.
  if [ -f "$file" ] && [ ! -L "$file" ]; then cat "$file"; fi
done > whole.md
{
  printf '%s\n' "$MARKER"
  if [ ! -s whole.md ]; then
    printf 'There is no plan: see the run.\n'
  elif [ "$(wc -c < whole.md)" -le 60000 ]; then
    cat whole.md
  else
    # A comment takes 65,536 characters. Cut between lines; iconv drops a character that the cut went through.
    head -c 60000 whole.md | { iconv -c -f utf-8 -t utf-8 || true; } | sed '$d'
    printf '\n\n**There is more: see the run.**\n'
  fi
  printf '\n\n<sub>%s, <a href="%s">the run, with the whole plan</a></sub>\n' "$COMMIT" "$RUN_URL"
} > comment.md
