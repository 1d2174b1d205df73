"""Mutation sampling: one small change at a time in the product, and whether the suite notices."""
