"""What changed between two contents of a file, in words: code by its definitions, tables by rows and columns. Pure."""
