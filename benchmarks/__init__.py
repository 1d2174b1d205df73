"""Side-by-side runs: what is to be compared is measured in one run, in turns."""
