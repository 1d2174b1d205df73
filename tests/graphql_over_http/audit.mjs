// node audit.mjs URL: the audits of GraphQL over HTTP against a running server; a warning counts as a failure.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
if (!url) {
  console.error("usage: node audit.mjs URL");
  process.exit(2);
}

const results = await Promise.all(serverAudits({ url, fetchFn: fetch }).map((audit) => audit.fn()));
const missed = results.filter(({ status }) => status !== "ok");
for (const { id, status, name, reason } of missed) console.log(`${status} ${id} ${name}: ${reason}`);
console.log(`${results.length - missed.length} passed, ${missed.length} failed`);
process.exitCode = missed.length ? 1 : 0;
