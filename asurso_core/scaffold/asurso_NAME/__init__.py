"""The plugin @Title@."""
