"""YAML → Spec: the two kinds of document, with the position of every problem."""
