"""The letters, as their readers get them."""
