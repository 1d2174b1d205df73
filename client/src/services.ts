import type { Say } from "./asking.js";

/** The other service has not let them through. */
export interface ServiceFailed {
  __typename: "ServiceFailed";
  reason: "denied" | "expired" | "failed";
  /** One sentence, fit for the person who asked. */
  message: string;
}

const base64url = (bytes: ArrayBuffer | Uint8Array) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** What a login by another service is kept by from when the browser leaves until it comes back (PKCE, RFC 7636). */
export function verifiers(name: string): { challenge(): Promise<string>; take(): string | null } {
  const key = `${name}.verifier`;
  let memory: string | null = null; // where there is no sessionStorage: in apps, which do not leave
  return {
    async challenge() {
      memory = base64url(crypto.getRandomValues(new Uint8Array(32)));
      try {
        sessionStorage.setItem(key, memory);
      } catch {
        // It is in memory.
      }
      return base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(memory)));
    },
    take() {
      let verifier = memory;
      memory = null;
      try {
        verifier = sessionStorage.getItem(key) ?? verifier;
        sessionStorage.removeItem(key);
      } catch {
        // It was in memory.
      }
      return verifier;
    },
  };
}

/** What the browser has brought back; what stands in its address is taken out of it. */
export function brought(address: string | undefined, verifier: string | null, say: Say): { code: string; codeVerifier: string } | ServiceFailed {
  const from = new URL(address ?? location.href);
  const code = from.searchParams.get("code");
  const error = from.searchParams.get("error");
  if (address === undefined) {
    for (const name of ["code", "error"]) from.searchParams.delete(name);
    history.replaceState(history.state, "", from);
  }
  if (code && verifier) return { code, codeVerifier: verifier };
  // Anybody may have written the address: it is a reason to show, and one of these.
  const reason = error === "denied" || error === "expired" ? error : "failed";
  return { __typename: "ServiceFailed", reason, message: say(reason) };
}
