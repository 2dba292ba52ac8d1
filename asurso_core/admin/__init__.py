"""Private room of the administrator: modules, logs, health."""
