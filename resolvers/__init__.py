"""What the server does, one file a subject: no GraphQL, no HTTP."""
