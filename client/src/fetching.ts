import { isUnauthenticated } from "./asking.js";
import type { PosternOptions } from "./options.js";
import type { Tokens } from "./tokens.js";

/** Comes to an end with what is waited for or, before that, with the signal; the rest goes on for others. */
function unlessAborted<T>(waiting: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  if (!signal) return waiting;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/**
 * A `fetch` that sends the access token along, to the server and to those of `origins` alone, and once more with the next
 * one where that was refused. Throws where the address is another's, and PosternError where the token cannot be refreshed.
 */
export function fetching(options: PosternOptions, endpoint: string, tokens: Tokens): typeof fetch {
  const homes = [options.url, ...(options.origins ?? [])].map((home) => `${home.replace(/\/+$/, "")}/`);

  return async function (input, init) {
    const send = options.fetch ?? globalThis.fetch;
    const isRequest = typeof input === "object" && "url" in input;
    const address = isRequest ? input.url : String(input);
    const target = typeof location === "undefined" ? address : new URL(address, location.href).href;
    if (!homes.some((home) => target.startsWith(home))) {
      throw new TypeError(`no access token is sent to ${target}: list its origin in createPostern's origins`);
    }
    const signal = init?.signal ?? (isRequest ? input.signal : undefined);
    const attempt = (token: string | null, what: typeof input) => {
      const headers = new Headers(init?.headers ?? (isRequest ? input.headers : undefined));
      if (token) headers.set("Authorization", `Bearer ${token}`);
      return send(what, { ...init, headers });
    };

    const token = await unlessAborted(tokens.current(), signal);
    const again = isRequest && token ? input.clone() : input;
    const response = await attempt(token, input);
    const mayRepeat = token && !(typeof ReadableStream !== "undefined" && init?.body instanceof ReadableStream);
    const isRefused = response.status === 401 || (target === endpoint && (await isUnauthenticated(response)));
    if (!mayRepeat || !isRefused) return response;
    const next = await unlessAborted(tokens.current(token), signal);
    return next ? attempt(next, again) : response;
  };
}
