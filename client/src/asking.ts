import type { AnyDocument } from "./document.js";
import { PosternError, type PosternErrorCode } from "./errors.js";
import type { PosternOptions } from "./options.js";
import { within } from "./tabs.js";
import { textIn, type TextKey } from "./texts.js";

const PATIENCE_MILLISECONDS = 20_000; // the server hashes passwords, and may have people queue for that

/** How one request is sent. */
export interface How {
  signal?: AbortSignal | null | undefined;
  /** Milliseconds. */
  patience?: number;
  /** Whether a browser finishes it after the page is gone. */
  keepalive?: boolean;
  /** The access token to send, where `send` does not know it by itself. */
  token?: string;
  /** What sends it. */
  send?: typeof fetch;
}

/** Asks the server. Raises PosternError, or what the signal was aborted with. */
export type Ask = <Data, Variables>(document: AnyDocument<Data, Variables>, variables: Variables, how?: How) => Promise<Data>;

/** The sentence in the language of whoever uses the client. */
export type Say = (key: TextKey) => string;

/** Whether an answer of GraphQL's says that nobody is signed in. */
export async function isUnauthenticated(response: Response): Promise<boolean> {
  const text = await response.clone().text();
  if (!text.includes("UNAUTHENTICATED")) return false;
  try {
    return JSON.parse(text).errors?.[0]?.extensions?.code === "UNAUTHENTICATED";
  } catch {
    return false;
  }
}

/** What asks one server, and says in people's words what it cannot say itself. */
export function asking(options: PosternOptions, endpoint: string): { ask: Ask; say: Say } {
  const language = () => (typeof options.locale === "function" ? options.locale() : options.locale);
  const say: Say = (key) => textIn(language() ?? globalThis.navigator?.language, key);
  const isCookie = options.transport === "cookie";

  const ask: Ask = async (document, variables, { signal, patience = PATIENCE_MILLISECONDS, keepalive, token, send } = {}) => {
    const locale = language();
    const limit = within(patience, signal);
    try {
      const response = await (send ?? options.fetch ?? globalThis.fetch)(endpoint, {
        method: "POST",
        credentials: isCookie ? "include" : "omit",
        redirect: "error",
        cache: "no-store",
        signal: limit.signal,
        headers: {
          "Content-Type": "application/json",
          ...(token && { Authorization: `Bearer ${token}` }),
          ...(isCookie && { "X-Token-Transport": "cookie" }),
          ...(locale && { "Accept-Language": locale }),
        },
        body: JSON.stringify({ query: document.toString(), variables }),
        ...(keepalive && { keepalive }),
      });
      return dataIn(await response.text(), say);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof PosternError) throw error;
      throw new PosternError("NETWORK", say("network"), { cause: error });
    } finally {
      limit.done();
    }
  };
  return { ask, say };
}

function dataIn<Data>(text: string, say: Say): Data {
  let answer: { data?: Data | null; errors?: { message: string; extensions?: { code: PosternErrorCode; retryAfter?: number; id?: string } }[] };
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new PosternError("UNEXPECTED", say("failed"), { cause });
  }
  const error = answer?.errors?.[0];
  if (error?.extensions?.code) throw new PosternError(error.extensions.code, error.message, error.extensions);
  if (error || !answer?.data) throw new PosternError("UNEXPECTED", say("failed"), { cause: answer });
  return answer.data;
}

/** The value of a document that asks for one field. */
export const only = <Value>(data: Record<string, Value>): Value => Object.values(data)[0] as Value;
