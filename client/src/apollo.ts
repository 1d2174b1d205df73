import { ApolloLink, HttpLink, type ApolloClient, type InMemoryCacheConfig } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import type { Postern } from "./client.js";
import { possibleTypes } from "./generated/possible-types.js";

export { possibleTypes };

/** Asks the server as who is signed in: a link to end a chain with. */
export const posternLink = (postern: Pick<Postern, "endpoint" | "fetch">): ApolloLink =>
  new HttpLink({ uri: postern.endpoint, fetch: postern.fetch });

/** For `new InMemoryCache(cacheConfig)`: what is a problem, and what is a list that goes on (`edges`, as Relay has them). */
export const cacheConfig: InMemoryCacheConfig = {
  possibleTypes,
  typePolicies: {
    Query: {
      fields: {
        accounts: relayStylePagination(["filter"]),
        letters: relayStylePagination(["state", "kind", "userId"]),
        auditEvents: relayStylePagination(["filter"]),
      },
    },
    User: { fields: { events: relayStylePagination() } },
  },
};

/**
 * Empties the cache whenever somebody else is signed in, so that nobody sees what was fetched for another. Gives back what
 * ends that.
 */
export function followSession(client: Pick<ApolloClient, "clearStore">, postern: Pick<Postern, "session">): () => void {
  let known = idOf(postern);
  return postern.session.subscribe(() => {
    const id = idOf(postern);
    if (known !== undefined && id !== known) void client.clearStore();
    known = id;
  });
}

function idOf({ session }: Pick<Postern, "session">): string | null | undefined {
  const now = session.get();
  return now.status === "signedIn" ? now.userId : now.status === "signedOut" ? null : undefined;
}
