"""Forum: sections with rights by role and class, topics, messages, moderation."""
