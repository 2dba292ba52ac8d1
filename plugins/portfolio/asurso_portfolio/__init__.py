"""The plugin of portfolios: what pupils and teachers tell of themselves and their work."""
