"""The places where a plugin can take part: *collect*, *ask* and *announce*."""
