"""Probes of the checkup: each looks at one thing, and says what it found by the pure checks."""
