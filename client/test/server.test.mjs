// Other servers, which verify access tokens by the public keys
import assert from "node:assert/strict";
import { test } from "node:test";
import { SignJWT, generateKeyPair, decodeJwt } from "jose";
import { createPostern } from "../dist/index.js";
import { verifyAccessToken } from "../dist/server.js";
import { serve, somebody } from "./support/server.mjs";

const server = await serve();
const postern = createPostern({ url: server.url, transport: "token" });
await postern.login(await somebody(server, "ann@example.com"));
const token = await postern.accessToken();

test("a token says whose it is, by keys that are fetched once", async (t) => {
  const asked = t.mock.method(globalThis, "fetch");
  for (let each = 0; each < 3; each += 1) {
    const claims = await verifyAccessToken(token, { issuer: server.url });
    const { userId, sessionId } = postern.session.get();
    assert.deepEqual([claims.sub, claims.sid, claims.amr], [userId, sessionId, ["pwd"]]);
  }
  assert.equal(asked.mock.callCount(), 1);
});

test("a token of another issuer, for another audience, of another kind, damaged or too old is not believed", async (t) => {
  const claims = decodeJwt(token);
  const { privateKey } = await generateKeyPair("Ed25519");
  const forged = (typ) => new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", typ, kid: "x" }).sign(privateKey);
  const [head, body, signature] = token.split(".");
  const other = Buffer.from(JSON.stringify({ ...claims, sub: "somebody else" })).toString("base64url");
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
  for (const [bad, code] of [
    [await forged("at+jwt"), "ERR_JWKS_NO_MATCHING_KEY"],
    [`${head}.${other}.${signature}`, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"],
    [`${none}.${body}.`, "ERR_JOSE_ALG_NOT_ALLOWED"],
    ["", "ERR_JWS_INVALID"],
  ]) {
    await assert.rejects(verifyAccessToken(bad, { issuer: server.url }), { code });
  }
  await assert.rejects(verifyAccessToken(token, { issuer: server.url, audience: "https://another.example.com" }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
  await assert.rejects(verifyAccessToken(token, { issuer: `${server.url}/` }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
  t.mock.timers.enable({ apis: ["Date"], now: claims.exp * 1000 + 1000 });
  await assert.rejects(verifyAccessToken(token, { issuer: server.url }), { code: "ERR_JWT_EXPIRED" });
  await verifyAccessToken(token, { issuer: server.url, clockTolerance: 30 });
});

test("a refresh token is no access token", async () => {
  const kept = new Map();
  const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem() {} };
  const other = createPostern({ url: server.url, transport: "token", storage });
  await other.login(await somebody(server, "ben@example.com"));
  const { refreshToken } = JSON.parse(kept.get("postern"));
  await assert.rejects(verifyAccessToken(refreshToken, { issuer: server.url }), { name: /JO|JW/ });
});
