import { Postern } from "./client.js";
import type { PosternOptions } from "./options.js";

export type { Postern } from "./client.js";
export type { RequestOptions, Tokenless } from "./core.js";
export type { AnyDocument, Document } from "./document.js";
export { PosternError, type PosternErrorCode } from "./errors.js";
export type * from "./generated/schema.js";
export type { PosternOptions, TokenStorage } from "./options.js";
export type { PasskeyFailed, PasskeyRequest } from "./passkeys.js";
export type { ServiceFailed } from "./services.js";
export type { SessionState, SessionStore } from "./session.js";

/** A client of one server. A page needs one; so does an app. A server that asks for several people needs one for each. */
export const createPostern = (options: PosternOptions): Postern => new Postern(options);
