"""The verbs as people type them: arguments and help. What a verb does is imported when it is called."""
