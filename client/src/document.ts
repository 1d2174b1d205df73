/** A GraphQL document that knows what it answers and what it is given, as graphql-codegen's `TypedDocumentString` does. */
export interface DocumentType<Data, Variables> {
  __apiType?: (variables: Variables) => Data;
}

/** One of this package's own documents: its text. */
export type Document<Data, Variables> = string & DocumentType<Data, Variables>;

/** Whatever can be sent: a text, or what graphql-codegen makes of one with `documentMode: "string"`. */
export type AnyDocument<Data, Variables> = { toString(): string } & DocumentType<Data, Variables>;
