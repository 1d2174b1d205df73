import type { SessionState } from "./session.js";

/** An access token, and by this device's clock when it came and when it ends (milliseconds since 1970). */
export interface Access {
  readonly token: string;
  readonly since: number;
  readonly until: number;
  readonly session: SessionState & { status: "signedIn" };
}

const EARLY_MILLISECONDS = 30_000; // before its end, or a tenth of its life where that is less: the way takes time

/**
 * What an access token says of itself. How long it lives is the difference of two times of the server's clock, so that
 * this device's may be wrong. Throws where it is none.
 */
export function readAccess(token: string, since = Date.now()): Access {
  const payload = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
  const { sub, sid, iat, exp, roles = [] } = JSON.parse(atob(payload)); // ASCII, whatever is in it
  const lifetime = (exp - iat) * 1000;
  if (typeof sub !== "string" || typeof sid !== "string" || !(lifetime > 0)) throw new TypeError("not an access token");
  const session = { status: "signedIn", userId: sub, sessionId: sid, roles } as const;
  return { token, since, until: since + lifetime, session };
}

/** Whether it can still be sent. A clock that was set back does not lengthen its life. */
export const isGood = ({ since, until }: Access, now = Date.now()): boolean => since <= now && now < until;

/** Whether it is still far from its end. */
export const isFresh = (access: Access): boolean =>
  isGood(access, Date.now() + Math.min(EARLY_MILLISECONDS, (access.until - access.since) / 10)) && isGood(access);
