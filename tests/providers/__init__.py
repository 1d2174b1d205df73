"""Other services that people log in with."""
