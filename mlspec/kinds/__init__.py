"""Kinds: one file is one kind; a family's folder is its list, so that adding a kind touches no other file."""
