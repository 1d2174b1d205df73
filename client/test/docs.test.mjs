// docs/client.md, client/README.md and README.md: the snippets, as they stand there (in Chromium: tests/browser)
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { blocks, ROOT } from "./support/documents.mjs";
import { serve, somebody } from "./support/server.mjs";

const CLIENT = fileURLToPath(new URL("..", import.meta.url));
const FILE = /^\/\/ ([\w-]+\.js)$/;
const IN_CHROMIUM = ["// Adding one, and logging in with it", "// On the page with the buttons", "// On the page that browsers come back to"];
// Made of a Map, and kept as the system would.
const SECURE_STORE = `const kept = new Map();
export const getItemAsync = async (name) => kept.get(name) ?? null;
export const setItemAsync = async (name, value) => void kept.set(name, value);
export const deleteItemAsync = async (name) => void kept.delete(name);`;

const server = await serve();
await somebody(server, "ann@example.com");
const folder = mkdtempSync(join(tmpdir(), "postern-docs-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "node_modules/@postern"), { recursive: true });
symlinkSync(CLIENT, join(folder, "node_modules/@postern/client"));
for (const name of ["@apollo", "@urql", "react", "react-dom"]) symlinkSync(join(CLIENT, "node_modules", name), join(folder, "node_modules", name));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
writeFileSync(join(folder, "secure-store.js"), SECURE_STORE);

async function run(text, link = server.url) {
  writeFileSync(join(folder, "script.js"), text.replaceAll("http://127.0.0.1:8000", server.url));
  const env = { PATH: process.env.PATH, NEWEST_LINK: link };
  const { stdout } = await promisify(execFile)("node", ["--import", join(CLIENT, "test/support/page.mjs"), "script.js"], { cwd: folder, env });
  const printed = [...text.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, words]) => words);
  assert.deepEqual(stdout.split("\n").filter(Boolean), printed);
}

test("whoever does what stands in docs/client.md, from top to bottom, gets what is promised there", async () => {
  for (const { language, firstLine, text } of blocks("docs/client.md")) {
    const [, file] = FILE.exec(firstLine) ?? [];
    if (language !== "js" || IN_CHROMIUM.includes(firstLine)) continue;
    if (file) writeFileSync(join(folder, file), text.replaceAll("http://127.0.0.1:8000", server.url));
    else if (text.includes("location.search")) await run(text, `${server.url}/?token=${await server.letter("ben@example.com")}`);
    else await run(text).catch((error) => assert.fail(`${firstLine}: ${error.stderr ?? error.message}`));
  }
});

test("README.md and client/README.md begin alike, with what works", async () => {
  const [short] = blocks("client/README.md").filter(({ language }) => language === "js");
  assert.deepEqual(blocks("README.md").filter(({ language, text }) => language === "js" && text.includes("@postern")), [short]);
  await run(short.text);
});

test("the licence is the repository's", () => {
  assert.equal(readFileSync(join(CLIENT, "LICENSE"), "utf8"), readFileSync(join(ROOT, "LICENSE"), "utf8"));
});
