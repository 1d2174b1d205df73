"""What execution/ does is what graphql-core does."""
