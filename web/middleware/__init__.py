"""What every request passes, each rule in a file of its own."""
