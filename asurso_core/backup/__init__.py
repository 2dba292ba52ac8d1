"""Private room of safe-keeping: backups, their proof, restoring, and upgrading with one in hand."""
