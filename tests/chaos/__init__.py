"""Faults: what people see of them, how long until it is over, and that nothing is lost."""
