import { asking, only, type Ask, type How, type Say } from "./asking.js";
import type { AnyDocument } from "./document.js";
import { fetching } from "./fetching.js";
import type { PosternOptions } from "./options.js";
import { sessionStore, type SessionState, type SessionStore } from "./session.js";
import { Tokens } from "./tokens.js";

/** A result without its tokens: the client keeps them to itself. */
export type Tokenless<Result> = Result extends { __typename: "LoggedIn" }
  ? Omit<Result, "accessToken" | "refreshToken" | "deviceToken" | "expiresAt">
  : Result extends { __typename: "PasswordReset" }
    ? Omit<Result, "deviceToken">
    : Result;

/** What may be said of one request. */
export type RequestOptions = Pick<How, "signal">;

/** An operation with one field and one input. */
export type One<Input, Value> = AnyDocument<Record<string, Value>, { input: Input }>;

interface Named {
  __typename: string;
}

/** What every operation goes through: one server, and who is signed in there. */
export class Core {
  /** Who is signed in. */
  readonly session: SessionStore;
  /** The address of GraphQL, for other clients. */
  readonly endpoint: string;
  /**
   * `fetch` with the access token, for the server and for those of `origins`: refreshed before it ends, and sent once more
   * where it was refused. Throws where the address is another's.
   */
  readonly fetch: typeof fetch;
  protected readonly ask: Ask;
  protected readonly say: Say;
  protected readonly tokens: Tokens;
  protected ticket: string | null = null; // of a login between its steps

  constructor(options: PosternOptions) {
    const session = sessionStore();
    const url = options.url.replace(/\/+$/, "");
    this.session = { get: session.get, subscribe: session.subscribe };
    this.endpoint = `${url}/graphql`;
    ({ ask: this.ask, say: this.say } = asking(options, this.endpoint));
    this.tokens = new Tokens(options, this.ask, session.set);
    this.fetch = fetching({ ...options, url }, this.endpoint, this.tokens);
  }

  /** Finds out whether somebody is signed in, as a page does when it is opened. Rejects where the server cannot be reached. */
  async resume(): Promise<SessionState> {
    await this.tokens.refresh();
    return this.session.get();
  }

  /** An access token that is good for a while, for what is not asked by `fetch`; null where nobody is signed in. */
  accessToken(): Promise<string | null> {
    return this.tokens.current();
  }

  /** Asks whatever the schema has, as who is signed in. Gives back the data; throws PosternError. */
  request<Data, Variables>(
    document: AnyDocument<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Data> {
    return this.ask(document, variables, { ...options, send: this.fetch });
  }

  /** Runs an operation that may answer `LoggedIn`, such as `loginWithIdToken`, and keeps what it brings. */
  async signIn<Input extends object, Value extends Named>(
    document: One<Input, Value>,
    input: Input,
    options?: RequestOptions,
  ): Promise<Tokenless<Value>> {
    const result = await this.tokens.opening(() => this.openly(document, input, options));
    if (result.__typename === "SecondFactorNeeded") this.ticket = (result as { ticket?: string | null }).ticket ?? null;
    return withoutTokens(result);
  }

  /** Closes this session. Where the server cannot be reached it stays open, and this rejects. */
  logout(): Promise<void> {
    return this.tokens.logOut();
  }

  /** Ends what it listens to. It is of no use from then on. */
  close(): void {
    this.tokens.close();
  }

  /** Asks as nobody in particular. */
  protected async openly<Input, Value>(document: One<Input, Value>, input: Input, options?: RequestOptions): Promise<Value> {
    return only(await this.ask(document, { input }, options));
  }

  /** Asks as who is signed in. */
  protected async asUser<Input, Value>(document: One<Input, Value>, input: Input, options?: RequestOptions): Promise<Value> {
    return only(await this.request(document, { input }, options));
  }
}

/** The same answer, fit to be shown or logged. */
export function withoutTokens<Value extends Named>(result: Value): Tokenless<Value> {
  if (result.__typename !== "LoggedIn" && result.__typename !== "PasswordReset") return result as Tokenless<Value>;
  const { accessToken: _a, refreshToken: _r, deviceToken: _d, expiresAt: _e, ...rest } = result as Value & Record<string, unknown>;
  return rest as unknown as Tokenless<Value>;
}
