"""Kinds: one file is one kind. A family's folder is read when it is first asked for; adding a kind touches no other file."""
