"""The plugin of the diary: what pupils and their parents see of the journal."""
