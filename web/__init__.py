"""Everything HTTP that is not GraphQL."""
