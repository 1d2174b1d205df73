"""GraphQL: what is shown of it, and what one operation may hold."""

from pydantic import Field, FilePath

from settings.part import rule
from settings.server import ServerSettings


class GraphQLSettings(ServerSettings):
    """The endpoint."""

    graphiql: bool | None = Field(None, description="GraphiQL at /graphql (default: only in development)")
    introspection: bool | None = Field(None, description="the schema may be asked for (default: only in development)")
    max_characters: int = Field(15_000, ge=1_000, description="the longest operation, in characters")
    max_tokens: int = Field(1_000, ge=100, description="words and signs of an operation, at most")
    max_depth: int = Field(10, ge=5, le=100, description="levels of an operation, fragments included, at most")
    max_aliases: int = Field(15, ge=0, description="aliases in an operation, at most; in a fragment at each use")
    max_directives: int = Field(50, ge=0, description="directives in an operation, at most; likewise")

    persisted_documents: FilePath | None = Field(
        None, description="a JSON file of documents by their hashes, which clients then send in place of the text"
    )
    persisted_documents_only: bool = Field(False, description="no other document is executed")

    @rule
    def _persisted_documents_only(self) -> bool:
        if self.persisted_documents_only and not self.persisted_documents:
            raise ValueError("needs PERSISTED_DOCUMENTS, or nothing could be asked for")
        return self.persisted_documents_only

    @rule
    def _graphiql(self) -> bool:
        return not self.production if self.graphiql is None else self.graphiql

    @rule
    def _introspection(self) -> bool:
        return not self.production if self.introspection is None else self.introspection
