"""`postern users import`: accounts of another system, from a file of any length."""
