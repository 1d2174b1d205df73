"""What GraphQL and the pages both need of a request: who asks, with which cookies, in which language, and its words."""
