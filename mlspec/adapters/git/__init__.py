"""Git: a reader made of plain git processes, and a writer through GitPython (import that one only to change things)."""
