// What is made from the schema: documents that it takes, and settings for those who make their own
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSchema, parse, validate } from "graphql";
import * as operations from "../dist/operations.js";
import { block, ROOT } from "./support/documents.mjs";

const CLIENT = fileURLToPath(new URL("..", import.meta.url));
const text = readFileSync(join(ROOT, "schema.graphql"), "utf8");
const schema = buildSchema(text);

test("every document is one that the server takes, and every operation has one", () => {
  for (const [name, document] of Object.entries(operations)) assert.deepEqual(validate(schema, parse(document)), [], name);
  const known = [schema.getQueryType(), schema.getMutationType()].flatMap((type) => Object.keys(type.getFields()));
  assert.deepEqual(known.filter((name) => !(name in operations)), []);
});

test("graphql-codegen makes types that the client takes, with the settings in docs/client.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-codegen-"));
  try {
    symlinkSync(join(CLIENT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    cpSync(join(ROOT, "schema.graphql"), join(folder, "schema.graphql"));
    writeFileSync(join(folder, "codegen.ts"), block("docs/client.md", "// codegen.ts: what graphql-codegen is told"));
    writeFileSync(join(folder, "operations.graphql"), block("docs/client.md", "# operations.graphql"));
    execFileSync("node_modules/.bin/graphql-codegen", ["--silent"], { cwd: folder });
    const use = `import { MeDocument, type MeQuery } from "./generated.js";
      import { createPostern } from ${JSON.stringify(join(CLIENT, "dist/index.js"))};
      const postern = createPostern({ url: "http://127.0.0.1:8000", transport: "token" });
      export const me: Promise<MeQuery> = postern.request(MeDocument, {});
      export const since: Promise<string | undefined> = me.then(({ me }) => me?.createdAt);`;
    writeFileSync(join(folder, "use.ts"), use);
    const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--verbatimModuleSyntax"];
    execFileSync("node_modules/.bin/tsc", [...options, "use.ts"], { cwd: folder, stdio: "inherit" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
