/** What the server calls an error of a program or of its own, and what only a client can know. */
export type PosternErrorCode =
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "GRAPHQL_PARSE_FAILED"
  | "GRAPHQL_VALIDATION_FAILED"
  | "BAD_USER_INPUT"
  | "OPERATION_LIMIT_EXCEEDED"
  | "SERVICE_UNAVAILABLE"
  | "INTERNAL_SERVER_ERROR"
  /** The server was not reached, or has not answered in time: the same may be tried again. */
  | "NETWORK"
  /** What has answered does not speak as the server does: a proxy, or another address. */
  | "UNEXPECTED";

/** What keeps an operation from being answered at all. What a person can put right is a result instead. */
export class PosternError extends Error {
  override readonly name = "PosternError";
  readonly code: PosternErrorCode;
  /** Seconds until it is worth another try, where the server says so. */
  readonly retryAfter: number | undefined;
  /** The number that the server's log knows an internal error by. */
  readonly id: string | undefined;

  constructor(code: PosternErrorCode, message: string, more: { retryAfter?: number; id?: string; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.code = code;
    this.retryAfter = more.retryAfter;
    this.id = more.id;
  }
}
