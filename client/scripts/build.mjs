// Writes dist/ anew: tsc alone makes it, and the documents stand there by their hashes, too, for PERSISTED_DOCUMENTS.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
rmSync(`${folder}/dist`, { recursive: true, force: true });
execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.json"], { cwd: folder, stdio: "inherit" });

const documents = Object.values(await import("../dist/operations.js"));
const hashed = documents.map((text) => [`sha256:${createHash("sha256").update(text).digest("hex")}`, text]);
writeFileSync(`${folder}/dist/documents.json`, `${JSON.stringify(Object.fromEntries(hashed), null, 2)}\n`);
