"""`postern doctor`: what has to be as it should be, and what to do where it is not."""
