"""Webhooks: who sets them up, what they are told, and what becomes of it."""
