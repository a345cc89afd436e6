"""Observe, apply, loop: the only floor that orders effects."""
