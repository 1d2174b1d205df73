// What a bundler makes of each entry, by gzip: fails where one is larger than it may be. What is a peer's does not count.
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const LIMITS = { index: 6000, operations: 6000, apollo: 1500, urql: 600, react: 1000, server: 1000 }; // bytes
const folder = fileURLToPath(new URL("..", import.meta.url));

for (const [name, limit] of Object.entries(LIMITS)) {
  const { outputFiles } = buildSync({
    entryPoints: [`${folder}/dist/${name}.js`],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    packages: "external",
  });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`${name}: ${bytes} of ${limit} bytes`);
  if (bytes > limit) process.exitCode = 1;
}
