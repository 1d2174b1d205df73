"""The addresses that letters link to, one file a subject."""

from web.links import emails, passwords, registration

PAGES = (*registration.PAGES, *passwords.PAGES, *emails.PAGES)

__all__ = ["PAGES"]
