"""The server as people meet it, in Chromium."""
