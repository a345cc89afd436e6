"""Spec → generated files and desired state. Pure."""
