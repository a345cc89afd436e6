"""What the model is asked: passages parted in a prompt and how it goes on, and what is watched of prompts."""

import csv
import sys
from pathlib import Path

WORDS = 6


def letters(prompt):
    """The share of ASCII letters: code, numbers and other alphabets have less of them."""
    return round(sum(each.isascii() and each.isalpha() for each in prompt) / max(1, len(prompt)), 4)


def main(passages, table):
    """Read a CSV file with a column `text`, write one with number, prompt, letters and continuation."""
    with passages.open(encoding="utf-8", newline="") as file, table.open("w", encoding="utf-8", newline="") as made:
        writer = csv.writer(made, lineterminator="\n")
        writer.writerow(["number", "prompt", "letters", "continuation"])
        for number, row in enumerate(csv.DictReader(file)):
            words = row["text"].split()
            prompt = " ".join(words[:WORDS])
            writer.writerow([number, prompt, letters(prompt), " ".join(words[WORDS:])])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
