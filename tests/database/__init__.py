"""What the database room promises, on SQLite and on PostgreSQL."""
