"""What tests share: servers, people who speak to them, letters, databases, and what may not be in a log."""
