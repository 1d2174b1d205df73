import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";

/** What an access token says. */
export interface AccessTokenClaims extends JWTPayload {
  /** Whose it is: the account's id. */
  sub: string;
  /** Which session. */
  sid: string;
  /** The names of the account's roles. */
  roles?: string[];
  /** When it was last proven who is there: seconds since 1970. */
  auth_time?: number;
  /** By what (RFC 8176). */
  amr?: string[];
  iat: number;
  exp: number;
  jti: string;
}

export interface VerifyOptions {
  /** The server's PUBLIC_URL. */
  issuer: string;
  /** Its TOKEN_AUDIENCE, where that is set. */
  audience?: string;
  /** Seconds that two clocks may differ by. */
  clockTolerance?: number;
}

const keys = new Map<string, JWTVerifyGetKey>();

/**
 * What an access token says, by the server's public keys, which are fetched once and again where a new one is used.
 * Rejects with one of jose's errors where it is not to be believed. A closed session is seen when the token ends.
 */
export async function verifyAccessToken(token: string, { issuer, audience = issuer, clockTolerance = 0 }: VerifyOptions): Promise<AccessTokenClaims> {
  let known = keys.get(issuer);
  if (!known) keys.set(issuer, (known = createRemoteJWKSet(new URL(`${issuer.replace(/\/+$/, "")}/.well-known/jwks.json`))));
  const { payload } = await jwtVerify(token, known, {
    issuer,
    audience,
    clockTolerance,
    typ: "at+jwt",
    algorithms: ["EdDSA", "ES256", "RS256"],
    requiredClaims: ["sub", "sid", "exp", "iat", "jti"],
  });
  return payload as AccessTokenClaims;
}
