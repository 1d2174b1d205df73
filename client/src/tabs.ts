/** What tabs tell each other: the newest access token and when it came, or that a session has ended. */
export type Message = { token: string; since: number } | { ended: string };

export interface Tabs {
  tell(message: Message): void;
  /** Runs one at a time, in all tabs: whatever changes which token is the newest. */
  exclusively<T>(run: () => Promise<T>): Promise<T>;
  close(): void;
}

const PATIENCE_MILLISECONDS = 10_000; // with a tab that holds the lock and may be asleep; the server bears two at once

/** A controller's signal that is aborted after a while, or with another one. */
export function within(milliseconds: number, outer?: AbortSignal | null): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(outer?.reason);
  const timer = setTimeout(() => controller.abort(new Error("timeout")), milliseconds);
  if (outer?.aborted) abort();
  else outer?.addEventListener("abort", abort);
  return {
    signal: controller.signal,
    done: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", abort);
    },
  };
}

/** The other tabs of this origin, where the session is shared with them. */
export function tabs(name: string, shared: boolean, hear: (message: Message) => void): Tabs {
  const channel = shared ? opened(name) : undefined;
  if (channel) {
    channel.onmessage = ({ data }) => {
      try {
        hear(data);
      } catch {
        // Another program of this origin has a channel of this name.
      }
    };
  }
  let last: Promise<unknown> = Promise.resolve();
  return {
    tell: (message) => channel?.postMessage(message),
    exclusively(run) {
      const next = last.then(() => (shared ? locked(name, run) : run()));
      last = next.catch(() => {});
      return next;
    },
    close: () => channel?.close(),
  };
}

function opened(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined; // an old browser, or a page that may keep nothing
  }
}

async function locked<T>(name: string, run: () => Promise<T>): Promise<T> {
  let isRunning = false;
  const waiting = within(PATIENCE_MILLISECONDS);
  const held = () => {
    isRunning = true;
    waiting.done();
    return run();
  };
  try {
    return await navigator.locks.request(name, { signal: waiting.signal }, held);
  } catch (error) {
    if (isRunning) throw error;
    return await held(); // no Web Locks here, or nobody gives the lock back
  }
}
