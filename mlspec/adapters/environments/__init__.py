"""Environments that train: built from locks by uv, kept below `.mlspec/env`; and locks, resolved by uv."""
