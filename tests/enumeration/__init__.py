"""Does any answer tell who has an account? Runs against every live instance, and against ourselves."""
