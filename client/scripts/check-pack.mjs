// What `npm pack` would put into the package: what is exported, the licence, the README, and nothing of the workshop.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
const [{ files }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: folder, encoding: "utf8" }));
const packed = files.map(({ path }) => path);
const exported = Object.values(JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).exports).flatMap((entry) => Object.values(typeof entry === "string" ? [entry] : entry));

const missing = ["LICENSE", "README.md", "package.json", ...exported.map((path) => path.slice(2))].filter((path) => !packed.includes(path));
const strange = packed.filter((path) => !/^(LICENSE|README\.md|package\.json|dist\/documents\.json|dist\/(generated\/)?[\w-]+(\.d\.ts|\.js))$/.test(path));
for (const path of missing) console.error(`the package lacks ${path}`);
for (const path of strange) console.error(`the package should not have ${path}`);
process.exitCode = missing.length + strange.length ? 1 : 0;
