"""The vocabulary: frozen values without I/O that every floor above shares."""
