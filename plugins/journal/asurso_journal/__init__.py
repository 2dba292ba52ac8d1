"""The plugin of the class journal: marks, attendance, topics and homework."""
