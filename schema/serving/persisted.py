"""Persisted documents: what a client may ask for by its hash alone (appendix A of GraphQL over HTTP, draft of 2025)."""

import hashlib
import re
from pathlib import Path

from schema.serving.texts import decoded

PREFIX = "sha256:"
SHA256 = re.compile(r"[0-9a-f]{64}")


class PersistedDocuments:
    """The documents of a file by their identifiers, and whether others are executed as well."""

    def __init__(self, file: Path | None, *, only: bool) -> None:
        """Raises ValueError where the file is not what `PERSISTED_DOCUMENTS` should name."""
        self._documents = _read(file) if file else {}
        self._texts = set(self._documents.values())
        self._only = only

    def named(self, identifier: str) -> str | None:
        """The text of the document with that `documentId`, None where there is none."""
        return self._documents.get(identifier)

    def takes(self, text: str) -> bool:
        """Whether a document may be executed that was sent as text."""
        return not self._only or text in self._texts


def _read(file: Path) -> dict[str, str]:
    """All documents by their identifiers: `sha256:…` by its digits alone, too, as code generators write them."""
    try:
        given = decoded(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"PERSISTED_DOCUMENTS cannot be read: {file}: {error}") from None
    if not (isinstance(given, dict) and all(isinstance(text, str) for text in given.values())):
        raise ValueError(f"PERSISTED_DOCUMENTS should hold one JSON object of documents by their hashes: {file}")
    known: dict[str, str] = {}
    for name, text in given.items():
        digits = name.removeprefix(PREFIX)
        if not SHA256.fullmatch(digits):
            known[name] = text
        elif hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() != digits:
            raise ValueError(f"PERSISTED_DOCUMENTS has another document than its name says: {name}")
        else:
            known[digits] = known[PREFIX + digits] = text
    return known
