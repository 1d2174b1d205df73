"""Letters, the outbox that keeps them until they are delivered, and the ways they travel."""
