import { makeOperation, type Exchange } from "@urql/core";
import { map, pipe } from "wonka";
import type { Postern } from "./client.js";

/** Has the `fetchExchange` after it ask the server as who is signed in. */
export const posternExchange =
  (postern: Pick<Postern, "endpoint" | "fetch">): Exchange =>
  ({ forward }) =>
  (operations) =>
    pipe(
      operations,
      map((operation) => makeOperation(operation.kind, operation, { ...operation.context, url: postern.endpoint, fetch: postern.fetch })),
      forward,
    );
