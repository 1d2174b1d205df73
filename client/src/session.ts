/** Whether somebody is signed in here. `unknown` until the server has said so for the first time. */
export type SessionState =
  | { readonly status: "unknown" }
  | { readonly status: "signedOut" }
  | { readonly status: "signedIn"; readonly userId: string; readonly sessionId: string; readonly roles: readonly string[] };

/** A store, as React's `useSyncExternalStore` and others have it. */
export interface SessionStore {
  /** The session as it is; the same object until it changes. */
  get(): SessionState;
  /** Calls back whenever it has changed. Gives back what ends that. */
  subscribe(listener: (session: SessionState) => void): () => void;
}

/** The store, and the one way to change what is in it. */
export function sessionStore(): SessionStore & { set(session: SessionState): void } {
  const listeners = new Set<(session: SessionState) => void>();
  let present: SessionState = Object.freeze({ status: "unknown" });
  return {
    get: () => present,
    subscribe(listener) {
      const own = (session: SessionState) => listener(session); // one that subscribes twice is called twice
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    set(session) {
      if (JSON.stringify(session) === JSON.stringify(present)) return;
      present = Object.freeze(session);
      for (const listener of [...listeners]) {
        try {
          listener(present);
        } catch (error) {
          queueMicrotask(() => { throw error; }); // a listener's mistake is not ours, and not the next listener's
        }
      }
    },
  };
}
