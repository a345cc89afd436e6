"""Desired × Actual → Plan. Pure."""
