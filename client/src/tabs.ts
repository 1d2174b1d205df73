/** What tabs tell each other: the newest access token and when it came, or that a session has ended; and what they ask. */
export type Message = { token: string; since: number } | { ended: string };
const QUESTION = "?";

export interface Tabs {
  tell(message: Message): void;
  /** Runs one at a time, in all tabs: whatever changes which token is the newest. */
  exclusively<T>(run: () => Promise<T>): Promise<T>;
  close(): void;
}

const ANSWER_MILLISECONDS = 300; // for the tab that has just had the lock, and may be gone by now
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

/** The other tabs of this origin, where the session is shared with them. `known` is what they are told when they ask. */
export function tabs(name: string, shared: boolean, hear: (message: Message) => void, known: () => Message | undefined): Tabs {
  const channel = shared ? opened(name) : undefined;
  let heard = () => {};
  if (channel) {
    (channel as { unref?(): void }).unref?.(); // where Node pretends to be a browser, it may end
    channel.onmessage = ({ data }) => {
      const answer = data === QUESTION && known();
      if (answer) channel.postMessage(answer);
      try {
        hear(data);
        heard();
      } catch {
        // A question, or what another program of this origin says on a channel of this name.
      }
    };
  }
  /** Hears what the tab before us has found out: its message may be slower than its lock. */
  const catchUp = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
      setTimeout(resolve, ANSWER_MILLISECONDS);
      channel?.postMessage(QUESTION);
    });
  let last: Promise<unknown> = Promise.resolve();
  return {
    tell: (message) => channel?.postMessage(message),
    exclusively(run) {
      const next = last.then(() => (shared ? locked(name, run, catchUp) : run()));
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

async function locked<T>(name: string, run: () => Promise<T>, catchUp: () => Promise<void>): Promise<T> {
  let running: Promise<T> | undefined;
  const waiting = within(PATIENCE_MILLISECONDS);
  const held = () => {
    waiting.done();
    return (running = run());
  };
  try {
    await navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && held());
    if (!running) await navigator.locks.request(name, { signal: waiting.signal }, () => catchUp().then(held));
  } catch {
    // No Web Locks here, or nobody gives the lock back; or what was run has failed, which is told below.
  }
  return running ?? held();
}
