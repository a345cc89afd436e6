"""A language model of characters: how often which one follows which, smoothed by Witten and Bell."""

import json
from collections import Counter, defaultdict
from math import exp, log

END = "\n"
ALPHABET = 256
"""Texts are read as bytes of UTF-8, so that no text has a character that the model does not know."""


class Language:
    """Counts of what follows each context of at most `order` bytes.

    Of a context h with n successors, t of them different, P(c | h) = (n(h, c) + t P(c | h')) / (n + t), where h' is h
    without its first byte, down to 1/256: Witten and Bell's interpolation (IEEE Transactions on Information Theory
    37(4), 1991).
    """

    def __init__(self, order, counts):
        self.order = order
        self.counts = counts
        self.totals = {context: sum(found.values()) for context, found in counts.items()}

    @classmethod
    def of(cls, texts, order):
        """The model of these texts."""
        counts = defaultdict(Counter)
        for text in texts:
            line = END + spelled(text) + END
            for place in range(1, len(line)):
                for length in range(min(order, place) + 1):
                    counts[line[place - length : place]][line[place]] += 1
        return cls(order, counts)

    @classmethod
    def load(cls, path):
        """A model that `save` wrote."""
        found = json.loads(path.read_text())
        return cls(found["order"], found["counts"])

    def save(self, path):
        """Write it: the same bytes for the same counts."""
        path.write_text(json.dumps({"counts": self.counts, "order": self.order}, sort_keys=True, separators=(",", ":")))

    def probability(self, context, byte):
        """How likely the byte is after the context."""
        found = 1 / ALPHABET
        for length in range(min(self.order, len(context)) + 1):
            known = self.counts.get(context[len(context) - length :])
            if known is None:
                break
            total, kinds = self.totals[context[len(context) - length :]], len(known)
            found = (known.get(byte, 0) + kinds * found) / (total + kinds)
        return found

    def perplexity(self, texts):
        """exp of the mean of -ln P of each byte, ends included: lower is better, 256 is chance."""
        loss, size = 0.0, 0
        for text in texts:
            line = END + spelled(text) + END
            for place in range(1, len(line)):
                loss -= log(self.probability(line[max(0, place - self.order) : place], line[place]))
                size += 1
        return exp(loss / size)

    def generate(self, prompt, length, chance):
        """How a text goes on that begins so: at most so many bytes, drawn by `chance`, a random.Random."""
        line = END + spelled(prompt)
        start = len(line)
        while len(line) < start + length and (byte := self._drawn(line[-self.order :], chance)) != END:
            line += byte
        return line[start:].encode("latin-1").decode(errors="replace")

    def _drawn(self, context, chance):
        """One byte: of the longest context that is known, or, as often as the formula says, of a shorter one."""
        while context not in self.counts:
            context = context[1:]
        known = self.counts[context]
        while context and chance.random() * (self.totals[context] + len(known)) < len(known):
            context = context[1:]
            known = self.counts[context]
        return chance.choices(list(known), known.values())[0]


def spelled(text):
    """A text on one line, each byte of its UTF-8 as a character, so that JSON can hold it."""
    return text.replace(END, " ").encode().decode("latin-1")
