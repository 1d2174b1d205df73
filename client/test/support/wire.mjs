// What is between a client and the server: counts what passes, and can lose or damage it.
export function wire() {
  const passed = [];
  const plans = [];
  async function send(address, init) {
    const body = String(init?.body ?? "");
    const kind = /refresh\(/.test(body) ? "refresh" : /logout/.test(body) ? "logout" : "other";
    passed.push({ kind, address: String(address), init });
    const plan = plans.findIndex((one) => one.kind === kind);
    const [{ run }] = plan < 0 ? [{ run: fetch }] : plans.splice(plan, 1);
    return run(address, init);
  }
  return {
    fetch: send,
    passed,
    count: (kind) => passed.filter((one) => one.kind === kind).length,
    /** What happens to the next of a kind, in place of being sent. */
    next: (kind, run) => plans.push({ kind, run }),
  };
}

/** The server has done it, and nobody hears of it. */
export async function lost(address, init) {
  await fetch(address, init);
  throw new TypeError("fetch failed");
}

/** Sent with a token that is not good any more. */
export const spoilt = (address, init) => {
  const headers = new Headers(init.headers);
  headers.set("Authorization", "Bearer spoilt");
  return fetch(address, { ...init, headers });
};

/** A storage as browsers have it, in memory. */
export function storage(kept = new Map()) {
  return {
    kept,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}
