// Relay, on the real server: its compiler takes our schema, and lists go on page by page in its store
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import relay from "relay-runtime";
import { createPostern } from "../dist/index.js";
import { ROOT, serve, setUpTotp, somebody, totp } from "./support/server.mjs";

const { createOperationDescriptor, Environment, fetchQuery, Network, RecordSource, Store } = relay;
const CLIENT = fileURLToPath(new URL("../", import.meta.url));
const FIELDS = { accounts: "email", auditEvents: "event" };
const query = (field, said) => `import { graphql } from "relay-runtime";
export default graphql\`query ${field}Query($after: String) {
  ${field}(first: 2, after: $after) @connection(key: "all_${field}") { edges { node { id ${said} } } }
}\`;`;

/** What Relay's compiler makes of a query for each list. */
async function compiled(folder) {
  symlinkSync(join(CLIENT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  cpSync(join(ROOT, "schema.graphql"), join(folder, "schema.graphql"));
  mkdirSync(join(folder, "src"));
  for (const [field, said] of Object.entries(FIELDS)) writeFileSync(join(folder, "src", `${field}.js`), query(field, said));
  const told = { src: "./src", schema: "./schema.graphql", language: "javascript", eagerEsModules: true };
  writeFileSync(join(folder, "relay.config.json"), JSON.stringify(told));
  execFileSync(process.execPath, ["node_modules/relay-compiler/cli.js"], { cwd: folder, stdio: "pipe" });
  const made = (field) => import(pathToFileURL(join(folder, "src", "__generated__", `${field}Query.graphql.js`)));
  return Promise.all(Object.keys(FIELDS).map(async (field) => [field, (await made(field)).default]));
}

test("lists go on page by page in Relay's store", async () => {
  const server = await serve();
  const ann = await somebody(server, "ann@example.com");
  for (const name of ["ben", "cleo", "dora"]) await somebody(server, `${name}@example.com`);
  await server.command("roles", "grant", ann.email, "admin");
  const postern = createPostern({ url: server.url, transport: "token" });
  await postern.login(ann);
  const { secret } = await setUpTotp(postern);
  await postern.login(ann);
  await postern.completeLogin({ proof: { totpCode: totp(secret, 1) } });
  const asked = async ({ text }, variables) => ({ data: await postern.request(text, variables) });
  const environment = new Environment({ network: Network.create(asked), store: new Store(new RecordSource()) });

  const folder = mkdtempSync(join(tmpdir(), "postern-relay-"));
  try {
    for (const [field, request] of await compiled(folder)) {
      const first = createOperationDescriptor(request, {});
      const kept = environment.retain(first);
      const list = () => environment.lookup(first.fragment).data[field];
      await fetchQuery(environment, request, {}).toPromise();
      assert.equal(list().edges.length, 2);
      assert.equal(list().pageInfo.hasNextPage, true);
      await fetchQuery(environment, request, { after: list().pageInfo.endCursor }).toPromise();
      assert.equal(new Set(list().edges.map(({ node }) => node.id)).size, 4);
      kept.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
