// npm's oidc-provider on loopback: `node provider.js PORT FOLDER CALLBACK`, with the certificate of tests/support/certificates.py.
// Whoever comes is who they say they are there; their address is unconfirmed where they say so, too.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import Provider from "oidc-provider";

const [port, folder, callback] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name));
const provider = new Provider(`https://localhost:${port}`, {
  clients: [{ client_id: "postern", client_secret: process.env.SERVICE_SECRET, redirect_uris: [callback] }],
  claims: { email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  cookies: { keys: [process.env.SERVICE_SECRET] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.com`, email_verified: !id.startsWith("unsure") }),
  }),
});
provider.use(async (context, next) => {
  await next();
  if (context.path === "/favicon.ico") context.status = 204; // Chromium asks, and complains where there is none
  else if (typeof context.body === "string") context.body = context.body.replace(/@import url[^;]*;/, ""); // of a font
});
createServer({ cert: read("fullchain.pem"), key: read("privkey.pem") }, provider.callback())
  .listen(Number(port), "127.0.0.1", () => console.log("serving"));
