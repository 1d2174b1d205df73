"use client";
import { createContext, createElement, useContext, useEffect, useSyncExternalStore, type ReactElement, type ReactNode } from "react";
import type { Postern } from "./client.js";
import type { SessionState } from "./session.js";

const Context = createContext<Postern | null>(null);
const UNKNOWN: SessionState = Object.freeze({ status: "unknown" });

/** Gives a client to all below it, and finds out who is signed in once it is shown. */
export function SessionProvider({ postern, children }: { postern: Postern; children?: ReactNode }): ReactElement {
  useEffect(() => {
    const resume = () => {
      // Not to be reached just now: it stays unknown, and is asked again when the network is back.
      if (postern.session.get().status === "unknown") postern.resume().catch(() => {});
    };
    resume();
    globalThis.addEventListener?.("online", resume);
    return () => globalThis.removeEventListener?.("online", resume);
  }, [postern]);
  return createElement(Context.Provider, { value: postern }, children);
}

/** The client that a SessionProvider has given. */
export function usePostern(): Postern {
  const postern = useContext(Context);
  if (!postern) throw new Error("usePostern and useSession need a <SessionProvider postern={…}> above them");
  return postern;
}

/** Who is signed in; `unknown` on a server, and until it was found out. */
export function useSession(): SessionState {
  const { session } = usePostern();
  return useSyncExternalStore(session.subscribe, session.get, () => UNKNOWN);
}

/** What only somebody who is signed in sees; `fallback` until that is found out. */
export function SignedIn({ children, fallback = null }: { children?: ReactNode; fallback?: ReactNode }): ReactNode {
  const { status } = useSession();
  return status === "signedIn" ? children : status === "unknown" ? fallback : null;
}

/** What only somebody sees who is not signed in. */
export function SignedOut({ children }: { children?: ReactNode }): ReactNode {
  return useSession().status === "signedOut" ? children : null;
}
