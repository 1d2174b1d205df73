"""The tests: what the server promises, operation by operation."""
