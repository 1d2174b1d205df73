// node verify.mjs JWKS_URL ISSUER AUDIENCE TOKEN [ALGORITHM…]: is this an access token (RFC 9068)? Prints its claims.
import { createRemoteJWKSet, jwtVerify } from "jose";

const [jwks, issuer, audience, token, ...algorithms] = process.argv.slice(2);
if (!token) {
  console.error("usage: node verify.mjs JWKS_URL ISSUER AUDIENCE TOKEN [ALGORITHM…]");
  process.exit(2);
}

try {
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks)), {
    issuer,
    audience,
    typ: "at+jwt",
    algorithms: algorithms.length ? algorithms : ["EdDSA"],
    requiredClaims: ["sub", "exp", "iat", "jti"],
  });
  console.log(JSON.stringify(payload));
} catch (error) {
  console.error(`${error.code ?? error.name}: ${error.message}`);
  process.exitCode = 1;
}
