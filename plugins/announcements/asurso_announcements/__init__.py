"""The board of announcements."""
