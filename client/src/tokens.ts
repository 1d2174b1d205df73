import { isFresh, isGood, readAccess, type Access } from "./access.js";
import type { Ask } from "./asking.js";
import { PosternError } from "./errors.js";
import { logout } from "./generated/operations.js";
import { keeper } from "./kept.js";
import { sharesTabs, type PosternOptions } from "./options.js";
import type { SessionState } from "./session.js";
import { tabs, type Message, type Tabs } from "./tabs.js";
import { trade } from "./trading.js";

/** What a login or a refresh brings. */
interface Brought {
  accessToken: string;
  refreshToken: string | null;
  deviceToken?: string | null;
}

/** The tokens of one client: which are the newest, whichever tab has got them. */
export class Tokens {
  readonly #isCookie: boolean;
  readonly #ask: Ask;
  readonly #show: (session: SessionState) => void;
  readonly #kept: ReturnType<typeof keeper>;
  readonly #tabs: Tabs;
  #access: Access | undefined;
  #ended: string | undefined; // the session that was over last: what is still said of it comes too late
  #isKnown = false; // whether it was found out who is signed in
  #changes = 0; // so that an answer that was overtaken is not believed
  #refreshing: Promise<void> | undefined;

  constructor(options: PosternOptions, ask: Ask, show: (session: SessionState) => void) {
    this.#isCookie = options.transport === "cookie";
    this.#ask = ask;
    this.#show = show;
    this.#kept = keeper(options);
    const known = () => this.#access && { token: this.#access.token, since: this.#access.since };
    const name = `${options.name ?? "postern"} ${options.url}`; // no token goes to another server
    this.#tabs = tabs(name, sharesTabs(options), (message) => this.#hear(message), known);
  }

  /** The access token, refreshed where it has to be; null where nobody is signed in. `stale` is one that was refused. */
  async current(stale?: string): Promise<string | null> {
    if (this.#access && this.#access.token !== stale && isFresh(this.#access)) return this.#access.token;
    if (this.#isKnown && !this.#access) return null;
    try {
      await this.refresh(stale);
    } catch (error) {
      // The server is down, and this one may outlast that.
      if (!this.#access || this.#access.token === stale || !isGood(this.#access)) throw error;
    }
    return this.#access?.token ?? null;
  }

  /** Has the newest token, one that is not `stale`, or finds out that there is none. Once, however many ask. */
  refresh(stale?: string): Promise<void> {
    return (this.#refreshing ??= this.#tabs
      .exclusively(() => this.#renew(stale))
      .finally(() => (this.#refreshing = undefined)));
  }

  /** What this device is called at logins, where no cookie says that. */
  async device(): Promise<{ deviceToken?: string }> {
    const { deviceToken } = await this.#read();
    return deviceToken ? { deviceToken } : {};
  }

  async keepDevice(deviceToken: string): Promise<void> {
    await this.#kept.write({ ...(await this.#read()), deviceToken });
  }

  /** Runs what opens a session, and keeps what it brings. */
  opening<Result extends { __typename: string }>(login: () => Promise<Result>): Promise<Result> {
    return this.#tabs.exclusively(async () => {
      const result = await login();
      if (result.__typename === "LoggedIn") await this.#adopt(result as unknown as Brought);
      return result;
    });
  }

  /** Closes the session on the server, and here. Where the server cannot be reached, it stays open. */
  logOut(): Promise<void> {
    return this.#tabs.exclusively(async () => {
      await this.#renew();
      for (let tries = 0; this.#access && tries < 2; tries += 1) {
        const { token } = this.#access;
        try {
          await this.#ask(logout, {}, { token });
          await this.end();
        } catch (error) {
          if (!(error instanceof PosternError && error.code === "UNAUTHENTICATED")) throw error;
          await this.#renew(token); // it was closed elsewhere, as this will say
        }
      }
    });
  }

  /** The session is over: nothing of it is good any more. */
  async end(): Promise<void> {
    const ended = this.#access?.session.sessionId;
    if (!this.#isCookie) {
      const { refreshToken: _, ...rest } = await this.#read();
      await this.#kept.write(rest);
    }
    this.#put(undefined);
    if (ended) this.#tabs.tell({ ended });
  }

  close(): void {
    this.#tabs.close();
  }

  /** Alone among all tabs: finds the newest token, or gets it. */
  async #renew(stale?: string): Promise<void> {
    if (this.#access && this.#access.token !== stale && isFresh(this.#access)) return; // another tab was first
    const refreshToken = this.#isCookie ? undefined : (await this.#kept.read()).refreshToken;
    if (!this.#isCookie && !refreshToken) return this.end();
    const before = this.#changes;
    const answer = await trade(this.#ask, refreshToken);
    // Without Web Locks, another tab may have logged in or out, or have been given the same, since we asked.
    if (this.#changes !== before) return;
    if (answer.__typename === "Refreshed") return this.#adopt(answer);
    if (!this.#isCookie && (await this.#kept.read()).refreshToken !== refreshToken) return this.#renew(stale);
    return this.end();
  }

  async #adopt({ accessToken, refreshToken, deviceToken }: Brought): Promise<void> {
    const next = readAccess(accessToken);
    if (!this.#isCookie) {
      const before = await this.#read();
      await this.#kept.write({ ...before, ...(deviceToken && { deviceToken }), ...(refreshToken && { refreshToken }) });
    }
    this.#put(next);
    this.#tabs.tell({ token: next.token, since: next.since });
  }

  /** What is kept; what cannot be read is not there. */
  async #read(): Promise<{ refreshToken?: string; deviceToken?: string }> {
    return this.#isCookie ? {} : await this.#kept.read().catch(() => ({}));
  }

  #put(next: Access | undefined): void {
    if (!next) this.#ended = this.#access?.session.sessionId ?? this.#ended;
    this.#access = next;
    this.#isKnown = true;
    this.#changes += 1;
    this.#show(next?.session ?? { status: "signedOut" });
  }

  #hear(message: Message): void {
    if ("ended" in message) {
      if (this.#access?.session.sessionId === message.ended) this.#put(undefined);
    } else {
      const next = readAccess(message.token, message.since);
      const isNews = !this.#access || this.#access.since < next.since;
      if (isNews && next.session.sessionId !== this.#ended) this.#put(next);
    }
  }
}
