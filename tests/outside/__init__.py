"""What asks other servers: whom it asks, and what it takes from them."""
