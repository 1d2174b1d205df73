"""How often may be tried what, and how often may be written to whom."""
