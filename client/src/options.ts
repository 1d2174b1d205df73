/** Where refresh tokens are kept: `localStorage`, `sessionStorage`, React Native's AsyncStorage, or anything alike. */
export interface TokenStorage {
  getItem(name: string): string | null | Promise<string | null>;
  setItem(name: string, value: string): unknown;
  removeItem(name: string): unknown;
}

/** How a client is made. */
export interface PosternOptions {
  /** The server: its PUBLIC_URL, without `/graphql`. */
  url: string;
  /**
   * Where the refresh token is. `cookie`, for browsers: no script can read it. `token`, for apps and servers: in `storage`.
   */
  transport: "cookie" | "token";
  /** With `token`: where it is kept. Where left out, in memory, and a reload logs out. */
  storage?: TokenStorage;
  /** Other servers of yours that `fetch` gives the access token to, such as `https://api.example.com`. */
  origins?: string[];
  /** The language of messages. Browsers say it by themselves. */
  locale?: string | (() => string);
  /** What this client calls what it keeps and shares. Two servers on one page need two names. */
  name?: string;
  /**
   * Whether this origin's other tabs have the same session. By default where they keep the same token: in a cookie or in
   * `localStorage`.
   */
  sharesTabs?: boolean;
  /** In place of the global one. */
  fetch?: typeof fetch;
}

/** Whether other tabs read the same token as this one. */
export function sharesTabs({ sharesTabs: said, transport, storage }: PosternOptions): boolean {
  // Servers and apps have no address: there, two clients are two people.
  if (typeof location === "undefined") return false;
  if (said !== undefined) return said;
  try {
    return transport === "cookie" || storage === localStorage;
  } catch {
    return false; // a browser that keeps nothing for this page
  }
}
