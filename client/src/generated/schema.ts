// Made by scripts/generate.mjs from the schema.graphql of SHA-256
// 338cb8407da4c08127637cb5773155c9956b803bc88f65f60d4fe48c46ac9e1c

/** An account as those see it who look after it. No secret, no export, no organization is in it. What is looked up for it needs READ_USERS. */
export interface Account {
  /** A UUID; it never changes. */
  id: string;
  /** The address in the one form that the server knows it by. */
  email: string;
  /** Whether the owner has proven to read mail there. */
  emailConfirmed: boolean;
  /** What the person wants to be called. */
  name: string | null;
  /** The language of emails: a BCP 47 tag such as `en`. */
  locale: string;
  /** When the account was registered (UTC). */
  createdAt: string;
  /** Since when nobody can use it (UTC); null where it is open. */
  disabledAt: string | null;
  /** Why, as who did it has put it. */
  disabledReason: string | null;
  /** Whether it has a password. */
  hasPassword: boolean;
  /** When somebody last logged in to it (UTC), as far as the audit log goes. */
  lastLoginAt: string | null;
  /** What it may do. */
  roles: Role[];
  /** What protects it besides. */
  secondFactors: SecondFactors;
  /** How many passkeys it has. */
  passkeyCount: number;
  /** Other services that open it. */
  identities: Identity[];
  /** Where it is logged in, the sessions that were used in the latest hour first. */
  sessions: Session[];
}

/** The account is as it is asked to be. */
export interface AccountChanged {
  __typename: "AccountChanged";
  /** The account as it is now. */
  account: Account;
}

/** Some of them, as Relay's cursor connections have it. */
export interface AccountConnection {
  /** The newest first. */
  nodes: Account[];
  /** Whether there is more, and where it goes on. */
  pageInfo: PageInfo;
}

/** The account and all that hung on it is gone. */
export interface AccountDeleted {
  __typename: "AccountDeleted";
  /** What the account's id was. */
  id: string;
}

/** Somebody with the right to do so has closed this account. Only told to who has proven to be its owner. */
export interface AccountDisabled {
  __typename: "AccountDisabled";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** Which accounts. */
export interface AccountFilter {
  /** The beginning of an address or of a name, or a whole id. Capitals do not matter in an address; in a name they are as it is written, or at the beginning of each word. */
  search?: string | null;
  /** Only those that are disabled, or only those that are not. */
  disabled?: boolean | null;
  /** Only those whose address is confirmed, or only those where it is not. */
  emailConfirmed?: boolean | null;
  /** Only those that have this role. */
  role?: string | null;
}

/** What the browser made. */
export interface AddPasskeyInput {
  /** From `startPasskeyRegistration`. */
  ceremony: string;
  /** The answer of `navigator.credentials.create`, as its `toJSON` gives it. */
  credential: unknown;
  /** What to call it. Where left out, what made it, such as `iCloud Keychain`. */
  name?: string | null;
  /** Whether logins with the password ask for it from now on. Logging in with the passkey alone needs nothing more in either case. */
  asSecondFactor?: boolean;
}

/** What was asked for, or the problem that kept it from happening. */
export type AddPasskeyResult = PasskeyAdded | InvalidInput | InvalidProof | InvalidToken | ExpiredToken | StepUpNeeded;

/** Something that has happened to an account, written with it and never changed. */
export interface AuditEvent {
  /** A UUID; later events have greater ones. */
  id: string;
  /** When (UTC). */
  at: string;
  /** What, in the past tense, as in the security log: `password_changed`. */
  event: string;
  /** Who did it: an account, or null where nobody was signed in. */
  actorId: string | null;
  /** Whose account it happened to; null for what concerns none. */
  subjectId: string | null;
  /** Which session, where there was one. */
  sessionId: string | null;
  /** Where it came from; forgotten after ninety days. An owner is not shown that of somebody else. */
  ipAddress: string | null;
  /** What the client called itself; forgotten likewise. */
  userAgent: string | null;
  /** The request that the log's lines and the answer's `X-Request-ID` name. */
  requestId: string | null;
  /** What else there is to it. No secret and no address is in it. */
  details: unknown;
}

/** Some of them, as Relay's cursor connections have it. */
export interface AuditEventConnection {
  /** The newest first. */
  nodes: AuditEvent[];
  /** Whether there is more, and where it goes on. */
  pageInfo: PageInfo;
}

/** Which events. */
export interface AuditFilter {
  /** Whose account it happened to. */
  subjectId?: string | null;
  /** Who did it. */
  actorId?: string | null;
  /** One of these. */
  events?: string[] | null;
  /** Not before (UTC). */
  since?: string | null;
  /** Before (UTC). */
  until?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type ChangeAccountResult = AccountChanged | NotFound | NotAllowed | InvalidInput | StepUpNeeded;

/** The old password and the new. */
export interface ChangePasswordInput {
  /** Asked again: a session may be left open somewhere. Only an account that has none may leave it out. */
  currentPassword?: string | null;
  /** At least 8 characters, more where the server asks for it, and not easy to guess. */
  newPassword: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type ChangePasswordResult = PasswordChanged | InvalidInput | InvalidCredentials | StepUpNeeded | TooManyAttempts;

/** The second step of logging in. */
export interface CompleteLoginInput {
  /** From `SecondFactorNeeded`. Left out in cookie mode. */
  ticket?: string | null;
  /** What proves it. */
  proof: SecondFactorInput;
  /** Whether this device may do without the second factor for thirty days. Not with a recovery code: who needs one has lost something. */
  rememberDevice?: boolean;
}

/** What was asked for, or the problem that kept it from happening. */
export type CompleteLoginResult = LoggedIn | InvalidProof | InvalidToken | ExpiredToken | AccountDisabled | TooManyAttempts;

/** The link in the email to the new address. */
export interface ConfirmEmailChangeInput {
  /** What follows `token=` in the email's link. */
  token: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type ConfirmEmailChangeResult = EmailChanged | InvalidToken | ExpiredToken | TooManyAttempts;

/** The link that was clicked. */
export interface ConfirmEmailInput {
  /** What follows `token=` in the email's link. */
  token: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type ConfirmEmailResult = EmailConfirmed | InvalidToken | ExpiredToken | TooManyAttempts;

/** The first code of the new secret. */
export interface ConfirmTotpInput {
  /** The six digits that the authenticator app shows now. */
  code: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type ConfirmTotpResult = TotpConfirmed | InvalidProof | ExpiredToken | StepUpNeeded | TooManyAttempts;

/** The same answer whether or not the address has an account that waits for a link. */
export interface ConfirmationSent {
  __typename: "ConfirmationSent";
  /** The address in the one form that the server knows it by. */
  email: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type CreateRecoveryCodesResult = RecoveryCodesCreated | NotFound | StepUpNeeded;

/** An address to be told. */
export interface CreateWebhookInput {
  /** `https`, a name that leads to public addresses only, and no user or password in it. */
  url: string;
  /** What to tell it; empty for everything. */
  events: string[];
}

/** What was asked for, or the problem that kept it from happening. */
export type CreateWebhookResult = WebhookCreated | InvalidInput | StepUpNeeded;

/** To make sure that it is the owner who asks. */
export interface DeleteAccountInput {
  /** Asked again: a session may be left open somewhere. Only an account that has none may leave it out. */
  password?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type DeleteAccountResult = AccountDeleted | InvalidCredentials | StepUpNeeded | TooManyAttempts;

/** Which role to take away from everybody. */
export interface DeleteRoleInput {
  /** Its name; `admin` stays. */
  name: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type DeleteRoleResult = RoleDeleted | NotFound | NotAllowed | StepUpNeeded;

/** What was asked for, or the problem that kept it from happening. */
export type DeleteWebhookResult = WebhookDeleted | NotFound | StepUpNeeded;

/** No device is remembered any more: each asks for the second factor at its next login. */
export interface DevicesForgotten {
  /** How many those were. */
  count: number;
}

/** Whose account, and why. */
export interface DisableUserInput {
  /** From `accounts { nodes { id } }`. */
  userId: string;
  /** For those who look after accounts; the owner does not see it. */
  reason: string;
  /** Whether the owner gets an email. */
  tellOwner?: boolean;
}

/** A link went to the new address, a notice with a way back to the old one. The same answer whether or not the new address has an account. */
export interface EmailChangeRequested {
  __typename: "EmailChangeRequested";
  /** The new address in the one form that the server knows it by. */
  newEmail: string;
}

/** The account has its old address again; every session is closed. */
export interface EmailChangeUndone {
  __typename: "EmailChangeUndone";
  /** The old address. An email to choose a new password is on its way there. */
  email: string;
}

/** The account has its new address; every other session is closed. */
export interface EmailChanged {
  __typename: "EmailChanged";
  /** The new address. */
  email: string;
}

/** Confirming twice with the same link is not an error: `alreadyConfirmed` says so. */
export interface EmailConfirmed {
  __typename: "EmailConfirmed";
  /** The address that is confirmed now. */
  email: string;
  /** Whether an earlier click had done it. */
  alreadyConfirmed: boolean;
}

/** The password is that of a registration whose address is not confirmed yet. */
export interface EmailNotConfirmed {
  __typename: "EmailNotConfirmed";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** What came back with the browser. */
export interface ExchangeCodeInput {
  /** What follows `code=` in the address that the browser came back to: good once, for a minute. */
  code: string;
  /** What the `code_challenge` was made of (PKCE, S256). */
  codeVerifier: string;
  /** From an earlier `LoggedIn`: spares the second factor on a device that was remembered. In cookie mode it comes from the cookie. */
  deviceToken?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type ExchangeCodeResult = LoggedIn | SecondFactorNeeded | IdentityNotLinked | EmailNotConfirmed | InvalidToken | ExpiredToken | AccountDisabled | TooManyAttempts;

/** Was a token of ours; its time is over. Ask for a new one. */
export interface ExpiredToken {
  __typename: "ExpiredToken";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** What came back with the browser, to the session that sent it. */
export interface FinishLinkingInput {
  /** What follows `code=` in the address that the browser came back to: good once, for a minute. */
  code: string;
  /** What the `code_challenge` was made of. */
  codeVerifier: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type FinishLinkingResult = IdentityLinked | IdentityTaken | InvalidToken | ExpiredToken | StepUpNeeded | TooManyAttempts;

/** Have the system's own sign-in put this into the token that it gets. */
export interface IdTokenLoginStarted {
  __typename: "IdTokenLoginStarted";
  /** Goes into the request for the token, as it is or as its SHA-256 in hexadecimal, and to `loginWithIdToken`. */
  nonce: string;
  /** When it stops being accepted (UTC). */
  expiresAt: string;
}

/** An account elsewhere that opens this one. */
export interface Identity {
  /** A UUID. */
  id: string;
  /** Whose service it is, such as `google`. */
  provider: string;
  /** What the service calls the account: an address or a name, for people to recognise it. */
  label: string | null;
  /** When it was linked (UTC). */
  createdAt: string;
  /** When it last opened the account (UTC). */
  lastUsedAt: string | null;
}

/** The account elsewhere opens this one from now on; every other session was closed, and the owner told by mail. */
export interface IdentityLinked {
  __typename: "IdentityLinked";
  /** What was linked. */
  identity: Identity;
}

/** The other service vouches for an address that has an account here, and nobody has linked the two. Log in as ever, and then call `linkIdentity` with the `linkTicket`. */
export interface IdentityNotLinked {
  __typename: "IdentityNotLinked";
  /** One sentence, fit for the person who asked. */
  message: string;
  /** Which service it is. */
  provider: string;
  /** Goes to `linkIdentity` after a login to that account, once and within ten minutes. */
  linkTicket: string;
}

/** It opens an account here already. */
export interface IdentityTaken {
  __typename: "IdentityTaken";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** It opens nothing any more; every other session was closed, and the owner told by mail. */
export interface IdentityUnlinked {
  __typename: "IdentityUnlinked";
  /** How many sessions were closed. */
  sessionsRevoked: number;
}

/** What is wrong with one input. */
export interface InputError {
  /** The input's name, such as `password`. */
  field: string;
  /** What would be right, fit for the person who typed it. */
  message: string;
  /** What is wrong, for programs. */
  code: InputErrorCode;
}

/** What is wrong with an input, for programs: `message` says it to people, in their language. */
export type InputErrorCode =
  /** It has to be there. */
  | "REQUIRED"
  /** It has too few characters. */
  | "TOO_SHORT"
  /** It has too many characters or bytes. */
  | "TOO_LONG"
  /** It has not the form that it should have. */
  | "INVALID"
  /** A password that guessers try early. */
  | "TOO_EASY_TO_GUESS"
  /** A password that is known from a breach. */
  | "BREACHED"
  /** A language that the server has no texts in. */
  | "UNKNOWN_LOCALE"
  /** It is what it was before. */
  | "UNCHANGED"
  /** Somebody else has it. */
  | "TAKEN";

/** Unknown address or wrong password: which of the two is never told. */
export interface InvalidCredentials {
  __typename: "InvalidCredentials";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** One or more inputs are not acceptable; nothing was changed. */
export interface InvalidInput {
  __typename: "InvalidInput";
  /** One sentence, fit for the person who asked. */
  message: string;
  /** Every input that is not acceptable. */
  errors: InputError[];
}

/** The code or the passkey is not the right one, or it was used before. */
export interface InvalidProof {
  __typename: "InvalidProof";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** Not a token of ours, already used for something else, or revoked. */
export interface InvalidToken {
  __typename: "InvalidToken";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** It is tried at once. An email that has died has lost its text: the person has to ask again. */
export interface LetterRetried {
  __typename: "LetterRetried";
  /** As it is now. */
  letter: OutboxLetter;
}

/** Where an email is. */
export type LetterState =
  /** On its way, or waiting for its turn. */
  | "DUE"
  /** The mail server has taken it. */
  | "DELIVERED"
  /** It was given up. */
  | "DEAD";

/** The ticket of who came by another service and then logged in as ever. */
export interface LinkIdentityInput {
  /** From `IdentityNotLinked`. */
  linkTicket: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type LinkIdentityResult = IdentityLinked | IdentityTaken | InvalidToken | ExpiredToken | StepUpNeeded;

/** Send the browser there. */
export interface LinkingStarted {
  __typename: "LinkingStarted";
  /** Good once, for ten minutes. Nothing is linked until this session has called `finishLinking`. */
  url: string;
}

/** An open session. */
export interface LoggedIn {
  __typename: "LoggedIn";
  /** A signed JWT (typ at+jwt). Send it as `Authorization: Bearer …`. */
  accessToken: string;
  /** When the access token stops being accepted (UTC). */
  expiresAt: string;
  /** Trades for the next pair of tokens, once. Null in cookie mode (`X-Token-Transport: cookie`): there it is in a cookie that no script can read. */
  refreshToken: string | null;
  /** Who has logged in. */
  user: User;
  /** Names this device to this account, and outlives the session: keep it, and send it with the next login. Null in cookie mode, and where the device was known already: keep the one that you have. */
  deviceToken: string | null;
}

/** The session is closed; its tokens are worth nothing from now on. */
export interface LoggedOut {
  /** The session that was closed. */
  sessionId: string;
}

/** The same answer whether or not the address has an account. The email has eight digits, and a link that fills them in. */
export interface LoginCodeSent {
  __typename: "LoginCodeSent";
  /** The address in the one form that the server knows it by. */
  email: string;
  /** Goes to `loginWithCode` together with the digits: they are worth nothing without it. Keep it where the login was begun (`sessionStorage`). Null in cookie mode. */
  ticket: string | null;
  /** When both stop being accepted (UTC). */
  expiresAt: string;
}

/** Who wants to log in. */
export interface LoginInput {
  /** The address, in any mix of capitals. */
  email: string;
  /** The account's password. */
  password: string;
  /** From an earlier `LoggedIn` to the same account: strangers' failures do not count against this device, and where it was remembered it spares the second factor. In cookie mode it comes from the cookie. */
  deviceToken?: string | null;
}

/** What a session was opened with. */
export type LoginMethod =
  /** The account's password. */
  | "PASSWORD"
  /** A code in an email. */
  | "MAILED_CODE"
  /** A code from an authenticator app. */
  | "TOTP"
  /** One of the codes that were shown once. */
  | "RECOVERY_CODE"
  /** A passkey, which needs nothing more. */
  | "PASSKEY"
  /** A device that was remembered. */
  | "REMEMBERED_DEVICE"
  /** Another service. */
  | "IDENTITY";

/** What was asked for, or the problem that kept it from happening. */
export type LoginResult = LoggedIn | SecondFactorNeeded | InvalidCredentials | EmailNotConfirmed | AccountDisabled | TooManyAttempts;

/** The code, and the ticket of who asked for it. */
export interface LoginWithCodeInput {
  /** From `requestLoginCode`. Left out in cookie mode. */
  ticket?: string | null;
  /** The eight digits in the email; spaces do not matter. */
  code: string;
  /** From an earlier `LoggedIn`: spares the second factor on a device that was remembered. */
  deviceToken?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type LoginWithCodeResult = LoggedIn | SecondFactorNeeded | InvalidProof | ExpiredToken | AccountDisabled | TooManyAttempts;

/** What a native app got from the system's own sign-in. */
export interface LoginWithIdTokenInput {
  /** Such as `apple`. */
  provider: string;
  /** The ID token. */
  idToken: string;
  /** From `startIdTokenLogin`: good once. */
  nonce: string;
  /** What the person is called, where the service tells it beside the token, as Apple does, once. */
  name?: string | null;
  /** From an earlier `LoggedIn`: spares the second factor on a device that was remembered. In cookie mode it comes from the cookie. */
  deviceToken?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type LoginWithIdTokenResult = LoggedIn | SecondFactorNeeded | IdentityNotLinked | EmailNotConfirmed | InvalidToken | ExpiredToken | NotFound | AccountDisabled | TooManyAttempts;

/** What the browser answered. */
export interface LoginWithPasskeyInput {
  /** From `startPasskeyLogin`. */
  ceremony: string;
  /** The answer of `navigator.credentials.get`, as its `toJSON` gives it. */
  credential: unknown;
}

/** What was asked for, or the problem that kept it from happening. */
export type LoginWithPasskeyResult = LoggedIn | UnknownPasskey | InvalidProof | InvalidToken | ExpiredToken | AccountDisabled | TooManyAttempts;

/** The account or the role may do what you may not, or it is your own, or nobody but you could undo it. */
export interface NotAllowed {
  __typename: "NotAllowed";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** There is nothing of that id, or it is not yours. */
export interface NotFound {
  __typename: "NotFound";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** An email in the outbox. Its text is sealed: nobody sees it here, as it may hold a link. */
export interface OutboxLetter {
  /** A UUID. */
  id: string;
  /** Such as `confirm_email`. */
  kind: string;
  /** Whose it is, where that was known when it was written. */
  userId: string | null;
  /** Where it is. */
  state: LetterState;
  /** When it was written (UTC). */
  createdAt: string;
  /** When it is tried next (UTC). */
  dueAt: string | null;
  /** How often it was tried. */
  attempts: number;
  /** What the mail server said last. */
  lastError: string | null;
}

/** Some of them, as Relay's cursor connections have it. */
export interface OutboxLetterConnection {
  /** The newest first. */
  nodes: OutboxLetter[];
  /** Whether there is more, and where it goes on. */
  pageInfo: PageInfo;
}

/** Information to aid in pagination. */
export interface PageInfo {
  /** When paginating forwards, are there more items? */
  hasNextPage: boolean;
  /** When paginating backwards, are there more items? */
  hasPreviousPage: boolean;
  /** When paginating backwards, the cursor to continue. */
  startCursor: string | null;
  /** When paginating forwards, the cursor to continue. */
  endCursor: string | null;
}

/** Something that can log in in place of the password, or after it. */
export interface Passkey {
  /** A UUID. */
  id: string;
  /** What its owner calls it. */
  name: string;
  /** When it was added (UTC). */
  createdAt: string;
  /** When it was last used (UTC). */
  lastUsedAt: string | null;
  /** Whether it is kept by more than one device: losing one does not lose it. */
  backedUp: boolean;
  /** Whether it can log in without an address being typed. */
  discoverable: boolean;
}

/** The passkey can be used; every other session was closed, and the owner told by mail. */
export interface PasskeyAdded {
  __typename: "PasskeyAdded";
  /** What was added. */
  passkey: Passkey;
  /** Ten codes to print or put away; they are not shown again. Null unless these are the first. */
  recoveryCodes: string[] | null;
}

/** The browser's part comes now. The same for everybody: no address is asked for, and no passkey is named. Nothing is stored for it, so a page may ask each time that it is opened (`mediation: "conditional"`). */
export interface PasskeyLoginStarted {
  __typename: "PasskeyLoginStarted";
  /** Goes to `loginWithPasskey`, once and within ten minutes. */
  ceremony: string;
  /** For `navigator.credentials.get`: `PublicKeyCredential.parseRequestOptionsFromJSON` reads it. */
  options: unknown;
  /** When it stops being accepted (UTC); ask again before that where the page stays open. */
  expiresAt: string;
}

/** The browser's part comes now. */
export interface PasskeyRegistrationStarted {
  __typename: "PasskeyRegistrationStarted";
  /** Goes to `addPasskey`, once and within ten minutes, from this session. */
  ceremony: string;
  /** For `navigator.credentials.create`: `PublicKeyCredential.parseCreationOptionsFromJSON` reads it. */
  options: unknown;
  /** When it stops being accepted (UTC). */
  expiresAt: string;
}

/** It opens nothing any more; every other session was closed, and the owner told by mail. */
export interface PasskeyRemoved {
  __typename: "PasskeyRemoved";
  /** For `PublicKeyCredential.signalAllAcceptedCredentials`, so that the device stops offering it. */
  acceptedCredentialIds: string[];
}

/** The passkey has its new name. */
export interface PasskeyRenamed {
  __typename: "PasskeyRenamed";
  /** As it is now. */
  passkey: Passkey;
}

/** Every other session was closed, and the owner told by mail. */
export interface PasswordChanged {
  __typename: "PasswordChanged";
  /** How many those were. */
  sessionsRevoked: number;
}

/** The new password counts, every session is closed, and the address is confirmed. */
export interface PasswordReset {
  __typename: "PasswordReset";
  /** The account's address. */
  email: string;
  /** Names this device to this account, as after a login: whoever has locked the account by failing keeps nobody out who has read its mail. Null in cookie mode. */
  deviceToken: string | null;
}

/** An email with a link is on its way to the owner; nobody else gets to see the link. */
export interface PasswordResetRequested {
  __typename: "PasswordResetRequested";
  /** Which email it is. */
  letterId: string;
}

/** The same answer whether or not the address has an account. */
export interface PasswordResetSent {
  __typename: "PasswordResetSent";
  /** The address in the one form that the server knows it by. */
  email: string;
}

/** What a role may let somebody do to other people's accounts. Each field that needs one names it; all of them need a session that has proven a second factor. */
export type Permission =
  /** Search and see accounts. */
  | "READ_USERS"
  /** Disable, enable, confirm, and send a link to a new password. */
  | "MANAGE_USERS"
  /** Close other people's sessions. */
  | "CLOSE_SESSIONS"
  /** Take second factors away from who has lost them. */
  | "RESET_SECOND_FACTORS"
  /** Give and take roles. */
  | "MANAGE_ROLES"
  /** See and retry emails. */
  | "MANAGE_LETTERS"
  /** Read the audit log. */
  | "READ_AUDIT_LOG"
  /** Set up webhooks. */
  | "MANAGE_WEBHOOKS";

/** The profile is written. */
export interface ProfileUpdated {
  __typename: "ProfileUpdated";
  /** The account as it is now. */
  user: User;
}

/** A service whose accounts open accounts here. */
export interface Provider {
  /** Its name in addresses, such as `google`. */
  id: string;
  /** What to write on a button. */
  name: string;
  /** Where a browser begins: add `return_to` and `code_challenge`. */
  url: string;
}

/** The codes that were there before are worth nothing any more. */
export interface RecoveryCodesCreated {
  __typename: "RecoveryCodesCreated";
  /** Ten codes to print or put away; they are not shown again. */
  recoveryCodes: string[];
}

/** The token to trade. */
export interface RefreshInput {
  /** The newest refresh token of the session. */
  refreshToken: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type RefreshResult = Refreshed | InvalidToken | ExpiredToken;

/** The next pair of tokens. */
export interface Refreshed {
  __typename: "Refreshed";
  /** A signed JWT (typ at+jwt). Send it as `Authorization: Bearer …`. */
  accessToken: string;
  /** When the access token stops being accepted (UTC). */
  expiresAt: string;
  /** Trades for the next pair of tokens, once. Null in cookie mode (`X-Token-Transport: cookie`): there it is in a cookie that no script can read. */
  refreshToken: string | null;
}

/** A new account. */
export interface RegisterInput {
  /** Where the email with the link goes. */
  email: string;
  /** At least 8 characters, more where the server asks for it, and not easy to guess. */
  password: string;
  /** What the person wants to be called. */
  name?: string | null;
  /** The language of emails: `en`, `de` or `fr`. Where left out, what the browser asks for. */
  locale?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type RegisterResult = Registered | InvalidInput | TooManyAttempts;

/** The same answer whether or not the address was free: what happened is told by mail to its owner alone. */
export interface Registered {
  __typename: "Registered";
  /** The address in the one form that the server knows it by. */
  email: string;
}

/** Which passkey to take away. */
export interface RemovePasskeyInput {
  /** From `me { passkeys { id } }`. */
  passkeyId: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type RemovePasskeyResult = PasskeyRemoved | NotFound | StepUpNeeded;

/** What was asked for, or the problem that kept it from happening. */
export type RemoveTotpResult = TotpRemoved | NotFound | StepUpNeeded;

/** Which passkey, and what to call it. */
export interface RenamePasskeyInput {
  /** From `me { passkeys { id } }`. */
  passkeyId: string;
  /** What to call it. */
  name: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type RenamePasskeyResult = PasskeyRenamed | InvalidInput | NotFound;

/** Another address for the account. */
export interface RequestEmailChangeInput {
  /** Where the email with the link goes. */
  newEmail: string;
  /** Asked again: a session may be left open somewhere. Only an account that has none may leave it out. */
  password?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type RequestEmailChangeResult = EmailChangeRequested | InvalidInput | InvalidCredentials | StepUpNeeded | TooManyAttempts;

/** Who wants to log in without a password. */
export interface RequestLoginCodeInput {
  /** Where the email with the code goes. */
  email: string;
  /** From an earlier `LoggedIn` to the same account: strangers who ask for its codes do not keep this device from one. In cookie mode it comes from the cookie. */
  deviceToken?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type RequestLoginCodeResult = LoginCodeSent | InvalidInput | TooManyAttempts;

/** Whose password is forgotten. */
export interface RequestPasswordResetInput {
  /** The account's address. */
  email: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type RequestPasswordResetResult = PasswordResetSent | InvalidInput | TooManyAttempts;

/** Whose link was lost or has expired. */
export interface ResendConfirmationInput {
  /** The address that was registered. */
  email: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type ResendConfirmationResult = ConfirmationSent | InvalidInput | TooManyAttempts;

/** The link that was clicked, and a new password. */
export interface ResetPasswordInput {
  /** What follows `token=` in the email's link. */
  token: string;
  /** At least 8 characters, more where the server asks for it, and not easy to guess. */
  newPassword: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type ResetPasswordResult = PasswordReset | InvalidInput | InvalidToken | ExpiredToken | TooManyAttempts;

/** Which email. */
export interface RetryLetterInput {
  /** From `letters { nodes { id } }`. */
  letterId: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type RetryLetterResult = LetterRetried | NotFound;

/** Which delivery to try again. */
export interface RetryWebhookDeliveryInput {
  /** From `webhooks { deliveries { nodes { id } } }`. */
  deliveryId: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type RetryWebhookDeliveryResult = WebhookDeliveryQueued | NotFound | TooManyAttempts;

/** Which session to close. */
export interface RevokeSessionInput {
  /** From `me { sessions { id } }`. */
  sessionId: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type RevokeSessionResult = SessionRevoked | NotFound;

/** A name for what somebody may do. Names go into access tokens (`roles`), so other servers may have some of their own, without permissions here. */
export interface Role {
  /** Lower case, digits and hyphens. */
  name: string;
  /** What it may do here. `admin` has all, for good. */
  permissions: Permission[];
}

/** Nobody has it any more. */
export interface RoleDeleted {
  __typename: "RoleDeleted";
  /** What its name was. */
  name: string;
}

/** Who, and which role. */
export interface RoleGrantInput {
  /** From `accounts { nodes { id } }`. */
  userId: string;
  /** A role's name. You cannot give what you may not do yourself. */
  role: string;
}

/** The role is written. */
export interface RoleWritten {
  __typename: "RoleWritten";
  /** As it is now. */
  role: Role;
}

/** What was asked for, or the problem that kept it from happening. */
export type RotateWebhookSecretResult = WebhookSecretRotated | NotFound | StepUpNeeded;

/** One proof, of one kind. */
export type SecondFactorInput =
  /** The six digits that the authenticator app shows now; spaces do not matter. */
  | { totpCode: string; recoveryCode?: never; passkey?: never }
  /** A code that was shown once; it is used up. Capitals, spaces and hyphens do not matter. */
  | { recoveryCode: string; totpCode?: never; passkey?: never }
  /** The answer of `navigator.credentials.get` to `passkeyOptions`, as its `toJSON` gives it. */
  | { passkey: unknown; totpCode?: never; recoveryCode?: never };

/** What a second factor can be. A mailed code is none: who reads the mail may have the first one by it. */
export type SecondFactorMethod =
  /** A code from an authenticator app. */
  | "TOTP"
  /** A passkey or a security key. */
  | "PASSKEY"
  /** One of the codes that were shown once. */
  | "RECOVERY_CODE";

/** The password or the mailed code was right, and the account has a second factor. No session is open yet: `completeLogin` opens it. */
export interface SecondFactorNeeded {
  __typename: "SecondFactorNeeded";
  /** One sentence, fit for the person who asked. */
  message: string;
  /** Goes to `completeLogin`, once and within ten minutes, and is worth nothing anywhere else. Five wrong proofs use it up. Null in cookie mode (`X-Token-Transport: cookie`): there it is in a cookie that no script can read. */
  ticket: string | null;
  /** When the ticket stops being accepted (UTC). */
  expiresAt: string;
  /** What this account can prove itself with: what it used last first, recovery codes at the end. */
  methods: SecondFactorMethod[];
  /** For `navigator.credentials.get`, where PASSKEY is among the methods: `PublicKeyCredential.parseRequestOptionsFromJSON` reads it. */
  passkeyOptions: unknown | null;
}

/** What protects an account besides its first factor. */
export interface SecondFactors {
  /** Whether a login asks for one. */
  required: boolean;
  /** When the authenticator app was confirmed (UTC); null without one. */
  totpSince: string | null;
  /** How many recovery codes are left. */
  recoveryCodesLeft: number;
  /** How many devices do without. */
  rememberedDevices: number;
}

/** What was asked for, or the problem that kept it from happening. */
export type SendPasswordResetResult = PasswordResetRequested | NotFound | NotAllowed | StepUpNeeded;

/** One login on one device. */
export interface Session {
  /** A UUID. */
  id: string;
  /** When it was opened (UTC). */
  createdAt: string;
  /** The hour in which it was last refreshed (UTC), such as 14:00 at 14:20. */
  lastUsedAt: string;
  /** By when it will have ended unless it is refreshed before (UTC), to the hour. */
  expiresAt: string;
  /** What the client called itself. */
  userAgent: string | null;
  /** Where it was opened from. */
  ipAddress: string | null;
  /** What it was opened with, or what its latest step up has proven; the next access token has the same as `amr`. */
  methods: LoginMethod[];
  /** Until when it may do what matters (UTC); null where it has to step up first. */
  steppedUpUntil: string | null;
  /** The session that this request's access token belongs to. */
  current: boolean;
}

/** The session is closed; its tokens are worth nothing from now on. */
export interface SessionRevoked {
  __typename: "SessionRevoked";
  /** The session that was closed. */
  sessionId: string;
}

/** Every session but this one is closed. */
export interface SessionsRevoked {
  /** How many those were. */
  count: number;
}

/** The first password of an account that has none. */
export interface SetPasswordInput {
  /** At least 8 characters, more where the server asks for it, and not easy to guess. */
  newPassword: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type SetPasswordResult = PasswordChanged | InvalidInput | StepUpNeeded | TooManyAttempts;

/** For which service. */
export interface StartIdTokenLoginInput {
  /** Such as `apple`. */
  provider: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type StartIdTokenLoginResult = IdTokenLoginStarted | NotFound | TooManyAttempts;

/** From the account's settings: another service. */
export interface StartLinkingInput {
  /** Such as `google`. */
  provider: string;
  /** Where the browser comes back to: one of RETURN_URLS, to the letter. */
  returnTo: string;
  /** Base64url of the SHA-256 of a verifier that this client keeps (PKCE, S256). */
  codeChallenge: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type StartLinkingResult = LinkingStarted | InvalidInput | NotFound | StepUpNeeded | TooManyAttempts;

/** What was asked for, or the problem that kept it from happening. */
export type StartPasskeyLoginResult = PasskeyLoginStarted | TooManyAttempts;

/** What was asked for, or the problem that kept it from happening. */
export type StartPasskeyRegistrationResult = PasskeyRegistrationStarted | InvalidInput | StepUpNeeded;

/** How to step up. */
export interface StartStepUpInput {
  /** PASSKEY or MAILED_CODE: the others need no beginning. */
  method: StepUpMethod;
}

/** What was asked for, or the problem that kept it from happening. */
export type StartStepUpResult = StepUpStarted | InvalidInput | TooManyAttempts;

/** What was asked for, or the problem that kept it from happening. */
export type StartTotpResult = TotpStarted | StepUpNeeded;

/** Who is there. */
export interface StepUpInput {
  /** What proves it. */
  proof: StepUpProofInput;
  /** From `startStepUp`, where the method needs a beginning. */
  ceremony?: string | null;
}

/** What somebody who is signed in can prove with that it is them. */
export type StepUpMethod =
  /** The account's password. */
  | "PASSWORD"
  /** A code from an authenticator app. */
  | "TOTP"
  /** A passkey or a security key; options for it come from `startStepUp`. */
  | "PASSKEY"
  /** One of the codes that were shown once. */
  | "RECOVERY_CODE"
  /** A code that `startStepUp` sends to the account's address, where the account has nothing else. */
  | "MAILED_CODE";

/** What matters asks who is there. PASSWORD goes with the same again where that has a place for it; otherwise call `stepUp` with one of `methods`, and then the same again. Where it names nothing, log in again first. */
export interface StepUpNeeded {
  __typename: "StepUpNeeded";
  /** One sentence, fit for the person who asked. */
  message: string;
  /** What this account can prove itself with. */
  methods: StepUpMethod[];
}

/** One proof, of one kind. */
export type StepUpProofInput =
  /** The account's password, where it has no second factor. */
  | { password: string; totpCode?: never; recoveryCode?: never; mailedCode?: never; passkey?: never }
  /** The six digits that the authenticator app shows now. */
  | { totpCode: string; password?: never; recoveryCode?: never; mailedCode?: never; passkey?: never }
  /** A code that was shown once; it is used up. */
  | { recoveryCode: string; password?: never; totpCode?: never; mailedCode?: never; passkey?: never }
  /** The eight digits in the email; spaces do not matter. */
  | { mailedCode: string; password?: never; totpCode?: never; recoveryCode?: never; passkey?: never }
  /** The answer of `navigator.credentials.get`, as its `toJSON` gives it. */
  | { passkey: unknown; password?: never; totpCode?: never; recoveryCode?: never; mailedCode?: never };

/** What was asked for, or the problem that kept it from happening. */
export type StepUpResult = SteppedUp | InvalidCredentials | InvalidProof | InvalidToken | ExpiredToken | TooManyAttempts;

/** Step up with this. */
export interface StepUpStarted {
  __typename: "StepUpStarted";
  /** Goes to `stepUp`, once and within ten minutes, from this session. */
  ceremony: string;
  /** When it stops being accepted (UTC). */
  expiresAt: string;
  /** For `navigator.credentials.get`, where the method is PASSKEY: `PublicKeyCredential.parseRequestOptionsFromJSON` reads it. */
  passkeyOptions: unknown | null;
}

/** For a while this session may do what matters. */
export interface SteppedUp {
  __typename: "SteppedUp";
  /** Until when (UTC): ten minutes from now. */
  until: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type TestWebhookResult = WebhookDeliveryQueued | NotFound | TooManyAttempts;

/** Too many attempts for this account or from this address; try again after `retryAfter` seconds. */
export interface TooManyAttempts {
  __typename: "TooManyAttempts";
  /** One sentence, fit for the person who asked. */
  message: string;
  /** Seconds. */
  retryAfter: number;
}

/** Logins ask for it from now on; every other session was closed, and the owner told by mail. */
export interface TotpConfirmed {
  __typename: "TotpConfirmed";
  /** Ten codes to print or put away; they are not shown again. Null where the account has some already. */
  recoveryCodes: string[] | null;
  /** How many other sessions were closed. */
  sessionsRevoked: number;
}

/** Logins do not ask for it any more; every other session was closed, and the owner told by mail. */
export interface TotpRemoved {
  __typename: "TotpRemoved";
  /** Whether the account has another second factor. */
  secondFactorLeft: boolean;
}

/** Scan this, and confirm it with a code. Nothing is asked for at login before that. */
export interface TotpStarted {
  __typename: "TotpStarted";
  /** The secret in base32, for those who cannot scan. It is not shown again. */
  secret: string;
  /** The same as an `otpauth:` address. */
  uri: string;
  /** The same as a QR code: an SVG in a `data:` address. */
  qrCode: string;
  /** When it has to be confirmed by (UTC). */
  expiresAt: string;
}

/** The link in the notice to the old address. */
export interface UndoEmailChangeInput {
  /** What follows `token=` in the email's link. */
  token: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type UndoEmailChangeResult = EmailChangeUndone | InvalidToken | ExpiredToken | TooManyAttempts;

/** This passkey is not known here, or not any more. */
export interface UnknownPasskey {
  __typename: "UnknownPasskey";
  /** One sentence, fit for the person who asked. */
  message: string;
  /** For `PublicKeyCredential.signalUnknownCredential`, so that the device stops offering it. */
  rpId: string;
}

/** Which one to take away. */
export interface UnlinkIdentityInput {
  /** From `me { identities { id } }`. */
  identityId: string;
}

/** What was asked for, or the problem that kept it from happening. */
export type UnlinkIdentityResult = IdentityUnlinked | NotFound | StepUpNeeded;

/** What to change; what is left out stays as it is. */
export interface UpdateProfileInput {
  /** Null takes the name away. */
  name?: string | null;
  /** `en`, `de` or `fr`. */
  locale?: string | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type UpdateProfileResult = ProfileUpdated | InvalidInput;

/** What to change; what is left out stays as it is. */
export interface UpdateWebhookInput {
  /** From `webhooks { id }`. */
  webhookId: string;
  /** What to tell it. */
  events?: string[] | null;
  /** False switches it off; true tries again what is still due. */
  enabled?: boolean | null;
}

/** What was asked for, or the problem that kept it from happening. */
export type UpdateWebhookResult = WebhookUpdated | InvalidInput | NotFound | StepUpNeeded;

/** A person's account. */
export interface User {
  /** A UUID; it never changes. */
  id: string;
  /** The address in the one form that the server knows it by. */
  email: string;
  /** Whether the owner has proven to read mail there. */
  emailConfirmed: boolean;
  /** What the person wants to be called. */
  name: string | null;
  /** The language of emails: a BCP 47 tag such as `en`. */
  locale: string;
  /** When the account was registered (UTC). */
  createdAt: string;
  /** Whether a password opens the account. */
  hasPassword: boolean;
}

/** Whose account. */
export interface UserIdInput {
  /** From `accounts { nodes { id } }`. */
  userId: string;
}

/** An address that is told what happens, signed as Standard Webhooks has it. Bodies hold ids, and names of what happened: whoever receives them asks for the rest. */
export interface Webhook {
  /** A UUID. */
  id: string;
  /** Where to. */
  url: string;
  /** What it is told; empty for everything. */
  events: string[];
  /** When it was set up (UTC). */
  createdAt: string;
  /** Since when it is switched off (UTC): by hand, because nothing got through for five days, or because its server has answered 410. */
  disabledAt: string | null;
  /** What is on its way and what was, the newest first, a hundred at once. */
  deliveries: WebhookDeliveryConnection;
}

/** The address is told from now on. */
export interface WebhookCreated {
  __typename: "WebhookCreated";
  /** What was set up. */
  webhook: Webhook;
  /** `whsec_…`, to check signatures with. It is not shown again. */
  secret: string;
}

/** It is told nothing any more. */
export interface WebhookDeleted {
  __typename: "WebhookDeleted";
  /** What its id was. */
  webhookId: string;
}

/** One event on its way to one address. */
export interface WebhookDelivery {
  /** The `webhook-id` of the request: the same each time that it is tried. */
  id: string;
  /** Such as `user.confirmed`. */
  event: string;
  /** Where it is. */
  state: LetterState;
  /** When it was written (UTC). */
  createdAt: string;
  /** When it is tried next (UTC). */
  dueAt: string | null;
  /** How often it was tried. */
  attempts: number;
  /** The status of the last answer; null where there was none. Nothing else of the answer is kept. */
  lastStatus: number | null;
}

/** Some of them, as Relay's cursor connections have it. */
export interface WebhookDeliveryConnection {
  /** The newest first. */
  nodes: WebhookDelivery[];
  /** Whether there is more, and where it goes on. */
  pageInfo: PageInfo;
}

/** An event `webhook.test` is on its way; or the one that was named, again. */
export interface WebhookDeliveryQueued {
  __typename: "WebhookDeliveryQueued";
  /** What is on its way. */
  delivery: WebhookDelivery;
}

/** Which webhook. */
export interface WebhookIdInput {
  /** From `webhooks { id }`. */
  webhookId: string;
}

/** For a day both secrets sign, so that none is refused. */
export interface WebhookSecretRotated {
  __typename: "WebhookSecretRotated";
  /** `whsec_…`, the new one. It is not shown again. */
  secret: string;
  /** Until when the one before signs as well (UTC). */
  previousUntil: string;
}

/** The webhook is written. */
export interface WebhookUpdated {
  __typename: "WebhookUpdated";
  /** As it is now. */
  webhook: Webhook;
}

/** A role to be written. */
export interface WriteRoleInput {
  /** Lower case, digits and hyphens; one that exists is changed. */
  name: string;
  /** What it may do here. You cannot give what you may not do yourself. */
  permissions: Permission[];
}

/** What was asked for, or the problem that kept it from happening. */
export type WriteRoleResult = RoleWritten | InvalidInput | NotAllowed | StepUpNeeded;

/** Why an operation did not do what it was asked. Ask for `... on Problem { __typename message }` to handle them all. */
export type Problem = AccountDisabled | EmailNotConfirmed | ExpiredToken | IdentityNotLinked | IdentityTaken | InvalidCredentials | InvalidInput | InvalidProof | InvalidToken | NotAllowed | NotFound | SecondFactorNeeded | StepUpNeeded | TooManyAttempts | UnknownPasskey;
