"""Keys, tokens and passwords: pure, no tables, no GraphQL."""
