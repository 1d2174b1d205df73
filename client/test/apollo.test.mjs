// Apollo Client and urql, on the real server: who is signed in, lists that go on, whose cache it is
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApolloClient, gql, InMemoryCache } from "@apollo/client";
import { cacheExchange, Client, fetchExchange } from "@urql/core";
import { cacheConfig, followSession, posternLink } from "../dist/apollo.js";
import { createPostern } from "../dist/index.js";
import { posternExchange } from "../dist/urql.js";
import { serve, setUpTotp, somebody, totp } from "./support/server.mjs";
import { spoilt, wire } from "./support/wire.mjs";

const server = await serve();
const ann = await somebody(server, "ann@example.com");
const ben = await somebody(server, "ben@example.com");

async function signedIn(who) {
  const line = wire();
  const postern = createPostern({ url: server.url, transport: "token", fetch: line.fetch });
  await postern.login(who);
  return { postern, line };
}

const apollo = (postern) => new ApolloClient({ link: posternLink(postern), cache: new InMemoryCache(cacheConfig) });

test("Apollo asks as who is signed in, refreshes once for many, and forgets it all when somebody else comes", async () => {
  const { postern, line } = await signedIn(ann);
  const client = apollo(postern);
  const stop = followSession(client, postern);
  const ME = gql`{ me { id email } }`;
  for (let each = 0; each < 5; each += 1) line.next("other", spoilt);
  const answers = await Promise.all(Array.from({ length: 5 }, () => client.query({ query: ME, fetchPolicy: "network-only", context: { queryDeduplication: false } })));
  assert.deepEqual(answers.map(({ data }) => data.me.email), Array(5).fill(ann.email));
  assert.equal(line.count("refresh"), 1);
  assert.equal(client.readQuery({ query: ME }).me.email, ann.email);
  await postern.login(ben);
  assert.equal(client.readQuery({ query: ME }), null);
  assert.equal((await client.query({ query: ME })).data.me.email, ben.email);
  stop();
});

test("Apollo's cache knows every problem by its interface", async () => {
  const { postern } = await signedIn(ann);
  const { data } = await apollo(postern).mutate({
    mutation: gql`mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { ... on Problem { message } ... on InvalidInput { errors { field } } } }`,
    variables: { input: { locale: "tlh" } },
  });
  assert.deepEqual([data.updateProfile.__typename, data.updateProfile.errors[0].field], ["InvalidInput", "locale"]);
  assert.ok(data.updateProfile.message);
});

test("lists go on page by page in Apollo's cache, each filter for itself", async () => {
  for (const name of ["c", "d", "e"]) await somebody(server, `${name}@example.com`);
  await server.command("roles", "grant", ann.email, "admin");
  const { postern } = await signedIn(ann);
  const { secret } = await setUpTotp(postern);
  await postern.login(ann);
  await postern.completeLogin({ proof: { totpCode: totp(secret, 1) } });
  const client = apollo(postern);
  for (const [field, filter] of [["accounts", "AccountFilter"], ["auditEvents", "AuditFilter"]]) {
    const query = gql`query ($filter: ${filter}, $after: String) {
      ${field}(filter: $filter, first: 2, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } }
    }`;
    const watched = client.watchQuery({ query });
    const following = watched.subscribe(() => {});
    const { data: first } = await client.query({ query });
    assert.equal(first[field].edges.length, 2);
    await watched.fetchMore({ variables: { after: first[field].pageInfo.endCursor } });
    const { [field]: both } = client.readQuery({ query });
    assert.equal(both.edges.length, 4);
    assert.equal(new Set(both.edges.map(({ node }) => node.id)).size, 4);
    following.unsubscribe();
  }
  const query = gql`query ($filter: AccountFilter) { accounts(filter: $filter, first: 50) { edges { node { email } } } }`;
  const { data } = await client.query({ query, variables: { filter: { search: "ben" } } });
  assert.deepEqual(data.accounts.edges.map(({ node }) => node.email), [ben.email]);
});

test("urql asks as who is signed in, and refreshes where that is refused", async () => {
  const { postern, line } = await signedIn(ben);
  const client = new Client({ url: "http://127.0.0.1:1", preferGetMethod: false, exchanges: [cacheExchange, posternExchange(postern), fetchExchange] });
  line.next("other", spoilt);
  const { data, error } = await client.query("{ me { id email } }", {}).toPromise();
  assert.equal(error, undefined);
  assert.equal(data.me.email, ben.email);
  assert.equal(line.count("refresh"), 1);
});
