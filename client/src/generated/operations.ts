// Made by scripts/generate.mjs from the schema.graphql of SHA-256
// 338cb8407da4c08127637cb5773155c9956b803bc88f65f60d4fe48c46ac9e1c
import type { Document } from "../document.js";
import type { Account, AccountConnection, AccountFilter, AddPasskeyInput, AddPasskeyResult, AuditEventConnection, AuditFilter, ChangeAccountResult, ChangePasswordInput, ChangePasswordResult, CompleteLoginInput, CompleteLoginResult, ConfirmEmailChangeInput, ConfirmEmailChangeResult, ConfirmEmailInput, ConfirmEmailResult, ConfirmTotpInput, ConfirmTotpResult, CreateRecoveryCodesResult, CreateWebhookInput, CreateWebhookResult, DeleteAccountInput, DeleteAccountResult, DeleteRoleInput, DeleteRoleResult, DeleteWebhookResult, DevicesForgotten, DisableUserInput, ExchangeCodeInput, ExchangeCodeResult, FinishLinkingInput, FinishLinkingResult, Identity, LetterState, LinkIdentityInput, LinkIdentityResult, LoggedOut, LoginInput, LoginResult, LoginWithCodeInput, LoginWithCodeResult, LoginWithIdTokenInput, LoginWithIdTokenResult, LoginWithPasskeyInput, LoginWithPasskeyResult, OutboxLetterConnection, Passkey, Provider, RefreshInput, RefreshResult, RegisterInput, RegisterResult, RemovePasskeyInput, RemovePasskeyResult, RemoveTotpResult, RenamePasskeyInput, RenamePasskeyResult, RequestEmailChangeInput, RequestEmailChangeResult, RequestLoginCodeInput, RequestLoginCodeResult, RequestPasswordResetInput, RequestPasswordResetResult, ResendConfirmationInput, ResendConfirmationResult, ResetPasswordInput, ResetPasswordResult, RetryLetterInput, RetryLetterResult, RetryWebhookDeliveryInput, RetryWebhookDeliveryResult, RevokeSessionInput, RevokeSessionResult, Role, RoleGrantInput, RotateWebhookSecretResult, SecondFactors, SendPasswordResetResult, Session, SessionsRevoked, SetPasswordInput, SetPasswordResult, StartIdTokenLoginInput, StartIdTokenLoginResult, StartLinkingInput, StartLinkingResult, StartPasskeyLoginResult, StartPasskeyRegistrationResult, StartStepUpInput, StartStepUpResult, StartTotpResult, StepUpInput, StepUpResult, TestWebhookResult, UndoEmailChangeInput, UndoEmailChangeResult, UnlinkIdentityInput, UnlinkIdentityResult, UpdateProfileInput, UpdateProfileResult, UpdateWebhookInput, UpdateWebhookResult, User, UserIdInput, Webhook, WebhookIdInput, WriteRoleInput, WriteRoleResult } from "./schema.js";

/** Other services that one can log in with, for buttons. */
export const providers = "{providers{id name url}}" as Document<{ providers: Provider[] }, Record<string, never>>;

/** Searches accounts, a hundred at once. Needs READ_USERS. */
export const accounts = "query($filter:AccountFilter=null,$first:Int!=50,$after:String=null){accounts(filter:$filter,first:$first,after:$after){nodes{id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}" as Document<{ accounts: AccountConnection }, { filter?: AccountFilter | null; first?: number; after?: string | null; }>;

/** One account; null where there is none. Needs READ_USERS. */
export const account = "query($id:ID!){account(id:$id){id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}" as Document<{ account: Account | null }, { id: string; }>;

/** What roles there are. Needs READ_USERS. */
export const roles = "{roles{name permissions}}" as Document<{ roles: Role[] }, Record<string, never>>;

/** Emails that are on their way, or were, a hundred at once. Needs MANAGE_LETTERS. */
export const letters = "query($state:LetterState=null,$kind:String=null,$userId:ID=null,$first:Int!=50,$after:String=null){letters(state:$state,kind:$kind,userId:$userId,first:$first,after:$after){nodes{id kind userId state createdAt dueAt attempts lastError} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}" as Document<{ letters: OutboxLetterConnection }, { state?: LetterState | null; kind?: string | null; userId?: string | null; first?: number; after?: string | null; }>;

/** What has happened, a hundred at once. Needs READ_AUDIT_LOG. */
export const auditEvents = "query($filter:AuditFilter=null,$first:Int!=50,$after:String=null){auditEvents(filter:$filter,first:$first,after:$after){nodes{id at event actorId subjectId sessionId ipAddress userAgent requestId details} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}" as Document<{ auditEvents: AuditEventConnection }, { filter?: AuditFilter | null; first?: number; after?: string | null; }>;

/** Addresses that are told what happens. Needs MANAGE_WEBHOOKS. */
export const webhooks = "{webhooks{id url events createdAt disabledAt deliveries{nodes{id event state createdAt dueAt attempts lastStatus} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}" as Document<{ webhooks: Webhook[] }, Record<string, never>>;

/** Who the access token in the request belongs to. Needs a signed-in user. */
export const me = "{me{id email emailConfirmed name locale createdAt hasPassword}}" as Document<{ me: User | null }, Record<string, never>>;

/** Where this account is logged in, the sessions that were used in the latest hour first. */
export const mySessions = "{me{sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}" as Document<{ me: { sessions: Session[] } | null }, Record<string, never>>;

/** What protects the account besides. */
export const mySecondFactors = "{me{secondFactors{required totpSince recoveryCodesLeft rememberedDevices}}}" as Document<{ me: { secondFactors: SecondFactors } | null }, Record<string, never>>;

/** The passkeys of the account, oldest first. */
export const myPasskeys = "{me{passkeys{id name createdAt lastUsedAt backedUp discoverable}}}" as Document<{ me: { passkeys: Passkey[] } | null }, Record<string, never>>;

/** Other services that open the account. */
export const myIdentities = "{me{identities{id provider label createdAt lastUsedAt}}}" as Document<{ me: { identities: Identity[] } | null }, Record<string, never>>;

/** What the account may do to others. */
export const myRoles = "{me{roles{name permissions}}}" as Document<{ me: { roles: Role[] } | null }, Record<string, never>>;

/** What has happened to the account, the newest first: not failed logins and second registrations, which may have been strangers'. It is known for a year. */
export const myEvents = "query($first:Int!=50,$after:String=null){me{events(first:$first,after:$after){nodes{id at event actorId subjectId sessionId ipAddress userAgent requestId details} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}" as Document<{ me: { events: AuditEventConnection } | null }, { first?: number; after?: string | null; }>;

/** What is held about this person, for machines to read. Left out are hashes and digests of secrets, and failed logins and second registrations, which may have been strangers'. */
export const exportMyData = "{me{exportMyData}}" as Document<{ me: { exportMyData: unknown } | null }, Record<string, never>>;

/** Opens an account that is confirmed by the link in the email. */
export const register = "mutation($input:RegisterInput!){register(input:$input){__typename ...on Registered{email}...on InvalidInput{errors{field message code}}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ register: RegisterResult }, { input: RegisterInput; }>;

/** Sends a new link to an address that was registered but not confirmed. */
export const resendConfirmation = "mutation($input:ResendConfirmationInput!){resendConfirmation(input:$input){__typename ...on ConfirmationSent{email}...on InvalidInput{errors{field message code}}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ resendConfirmation: ResendConfirmationResult }, { input: ResendConfirmationInput; }>;

/** Confirms the address that the link was sent to. */
export const confirmEmail = "mutation($input:ConfirmEmailInput!){confirmEmail(input:$input){__typename ...on EmailConfirmed{email alreadyConfirmed}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ confirmEmail: ConfirmEmailResult }, { input: ConfirmEmailInput; }>;

/** Opens the session that `SecondFactorNeeded` kept closed. */
export const completeLogin = "mutation($input:CompleteLoginInput!){completeLogin(input:$input){__typename ...on LoggedIn{accessToken expiresAt refreshToken user{id email emailConfirmed name locale createdAt hasPassword} deviceToken}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ completeLogin: CompleteLoginResult }, { input: CompleteLoginInput; }>;

/** Sends a code to log in with. Only where LOGIN_CODES is true. */
export const requestLoginCode = "mutation($input:RequestLoginCodeInput!){requestLoginCode(input:$input){__typename ...on LoginCodeSent{email ticket expiresAt}...on InvalidInput{errors{field message code}}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ requestLoginCode: RequestLoginCodeResult }, { input: RequestLoginCodeInput; }>;

/** Opens a session by the code in the email. Only where LOGIN_CODES is true. */
export const loginWithCode = "mutation($input:LoginWithCodeInput!){loginWithCode(input:$input){__typename ...on LoggedIn{accessToken expiresAt refreshToken user{id email emailConfirmed name locale createdAt hasPassword} deviceToken}...on SecondFactorNeeded{ticket expiresAt methods passkeyOptions}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ loginWithCode: LoginWithCodeResult }, { input: LoginWithCodeInput; }>;

/** Begins a login with a passkey, also from the browser's suggestions. */
export const startPasskeyLogin = "mutation{startPasskeyLogin{__typename ...on PasskeyLoginStarted{ceremony options expiresAt}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ startPasskeyLogin: StartPasskeyLoginResult }, Record<string, never>>;

/** Opens a session by a passkey alone. */
export const loginWithPasskey = "mutation($input:LoginWithPasskeyInput!){loginWithPasskey(input:$input){__typename ...on LoggedIn{accessToken expiresAt refreshToken user{id email emailConfirmed name locale createdAt hasPassword} deviceToken}...on UnknownPasskey{rpId}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ loginWithPasskey: LoginWithPasskeyResult }, { input: LoginWithPasskeyInput; }>;

/** Opens a session. Only for confirmed addresses. With the header `X-Token-Transport: cookie` the tokens to keep go into cookies. */
export const login = "mutation($input:LoginInput!){login(input:$input){__typename ...on LoggedIn{accessToken expiresAt refreshToken user{id email emailConfirmed name locale createdAt hasPassword} deviceToken}...on SecondFactorNeeded{ticket expiresAt methods passkeyOptions}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ login: LoginResult }, { input: LoginInput; }>;

/** Trades a refresh token for the next pair. Works without an access token. In cookie mode the refresh token comes from the cookie and the input is left out. */
export const refresh = "mutation($input:RefreshInput){refresh(input:$input){__typename ...on Refreshed{accessToken expiresAt refreshToken}...on Problem{message}}}" as Document<{ refresh: RefreshResult }, { input?: RefreshInput | null; }>;

/** Closes this session; in cookie mode the cookie goes too. */
export const logout = "mutation{logout{sessionId}}" as Document<{ logout: LoggedOut }, Record<string, never>>;

/** Closes one of your sessions. */
export const revokeSession = "mutation($input:RevokeSessionInput!){revokeSession(input:$input){__typename ...on SessionRevoked{sessionId}...on Problem{message}}}" as Document<{ revokeSession: RevokeSessionResult }, { input: RevokeSessionInput; }>;

/** Closes every session of yours but this one. */
export const revokeOtherSessions = "mutation{revokeOtherSessions{count}}" as Document<{ revokeOtherSessions: SessionsRevoked }, Record<string, never>>;

/** Begins a step up with a passkey or a mailed code. */
export const startStepUp = "mutation($input:StartStepUpInput!){startStepUp(input:$input){__typename ...on StepUpStarted{ceremony expiresAt passkeyOptions}...on InvalidInput{errors{field message code}}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ startStepUp: StartStepUpResult }, { input: StartStepUpInput; }>;

/** Asks who is there: for ten minutes this session may then do what matters. A login counts as one. */
export const stepUp = "mutation($input:StepUpInput!){stepUp(input:$input){__typename ...on SteppedUp{until}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ stepUp: StepUpResult }, { input: StepUpInput; }>;

/** Sets a new password, closes every other session and tells the owner by mail. */
export const changePassword = "mutation($input:ChangePasswordInput!){changePassword(input:$input){__typename ...on PasswordChanged{sessionsRevoked}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ changePassword: ChangePasswordResult }, { input: ChangePasswordInput; }>;

/** Gives an account without a password its first. Needs a step up. */
export const setPassword = "mutation($input:SetPasswordInput!){setPassword(input:$input){__typename ...on PasswordChanged{sessionsRevoked}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ setPassword: SetPasswordResult }, { input: SetPasswordInput; }>;

/** Sends a link to choose a new password. */
export const requestPasswordReset = "mutation($input:RequestPasswordResetInput!){requestPasswordReset(input:$input){__typename ...on PasswordResetSent{email}...on InvalidInput{errors{field message code}}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ requestPasswordReset: RequestPasswordResetResult }, { input: RequestPasswordResetInput; }>;

/** Sets a new password by the link in the email. Closes every session, confirms the address. */
export const resetPassword = "mutation($input:ResetPasswordInput!){resetPassword(input:$input){__typename ...on PasswordReset{email deviceToken}...on InvalidInput{errors{field message code}}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ resetPassword: ResetPasswordResult }, { input: ResetPasswordInput; }>;

/** Sends a link to a new address, and a notice with a way back to the old one. */
export const requestEmailChange = "mutation($input:RequestEmailChangeInput!){requestEmailChange(input:$input){__typename ...on EmailChangeRequested{newEmail}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ requestEmailChange: RequestEmailChangeResult }, { input: RequestEmailChangeInput; }>;

/** Gives the account the address that the link was sent to. */
export const confirmEmailChange = "mutation($input:ConfirmEmailChangeInput!){confirmEmailChange(input:$input){__typename ...on EmailChanged{email}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ confirmEmailChange: ConfirmEmailChangeResult }, { input: ConfirmEmailChangeInput; }>;

/** From the notice that the old address gets: undoes the change and closes every session. */
export const undoEmailChange = "mutation($input:UndoEmailChangeInput!){undoEmailChange(input:$input){__typename ...on EmailChangeUndone{email}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ undoEmailChange: UndoEmailChangeResult }, { input: UndoEmailChangeInput; }>;

/** Makes a secret for an authenticator app. Needs a step up. */
export const startTotp = "mutation{startTotp{__typename ...on TotpStarted{secret uri qrCode expiresAt}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ startTotp: StartTotpResult }, Record<string, never>>;

/** Switches the authenticator app on. */
export const confirmTotp = "mutation($input:ConfirmTotpInput!){confirmTotp(input:$input){__typename ...on TotpConfirmed{recoveryCodes sessionsRevoked}...on StepUpNeeded{methods}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ confirmTotp: ConfirmTotpResult }, { input: ConfirmTotpInput; }>;

/** Takes the authenticator app away. Needs a step up. */
export const removeTotp = "mutation{removeTotp{__typename ...on TotpRemoved{secondFactorLeft}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ removeTotp: RemoveTotpResult }, Record<string, never>>;

/** Makes ten new recovery codes in place of those there are. Needs a step up. */
export const createRecoveryCodes = "mutation{createRecoveryCodes{__typename ...on RecoveryCodesCreated{recoveryCodes}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ createRecoveryCodes: CreateRecoveryCodesResult }, Record<string, never>>;

/** Has every remembered device ask for the second factor again. */
export const forgetDevices = "mutation{forgetDevices{count}}" as Document<{ forgetDevices: DevicesForgotten }, Record<string, never>>;

/** Begins to add a passkey. Needs a step up. */
export const startPasskeyRegistration = "mutation{startPasskeyRegistration{__typename ...on PasskeyRegistrationStarted{ceremony options expiresAt}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ startPasskeyRegistration: StartPasskeyRegistrationResult }, Record<string, never>>;

/** Adds the passkey that the browser has made. Needs a step up. */
export const addPasskey = "mutation($input:AddPasskeyInput!){addPasskey(input:$input){__typename ...on PasskeyAdded{passkey{id name createdAt lastUsedAt backedUp discoverable} recoveryCodes}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ addPasskey: AddPasskeyResult }, { input: AddPasskeyInput; }>;

/** Gives a passkey another name. */
export const renamePasskey = "mutation($input:RenamePasskeyInput!){renamePasskey(input:$input){__typename ...on PasskeyRenamed{passkey{id name createdAt lastUsedAt backedUp discoverable}}...on InvalidInput{errors{field message code}}...on Problem{message}}}" as Document<{ renamePasskey: RenamePasskeyResult }, { input: RenamePasskeyInput; }>;

/** Takes a passkey away. Needs a step up. */
export const removePasskey = "mutation($input:RemovePasskeyInput!){removePasskey(input:$input){__typename ...on PasskeyRemoved{acceptedCredentialIds}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ removePasskey: RemovePasskeyResult }, { input: RemovePasskeyInput; }>;

/** Opens a session by what the browser brought back from another service. */
export const exchangeCode = "mutation($input:ExchangeCodeInput!){exchangeCode(input:$input){__typename ...on LoggedIn{accessToken expiresAt refreshToken user{id email emailConfirmed name locale createdAt hasPassword} deviceToken}...on SecondFactorNeeded{ticket expiresAt methods passkeyOptions}...on IdentityNotLinked{provider linkTicket}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ exchangeCode: ExchangeCodeResult }, { input: ExchangeCodeInput; }>;

/** Takes another service away. Needs a step up. */
export const unlinkIdentity = "mutation($input:UnlinkIdentityInput!){unlinkIdentity(input:$input){__typename ...on IdentityUnlinked{sessionsRevoked}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ unlinkIdentity: UnlinkIdentityResult }, { input: UnlinkIdentityInput; }>;

/** After a login: links the service by which one had come first. Needs a step up. */
export const linkIdentity = "mutation($input:LinkIdentityInput!){linkIdentity(input:$input){__typename ...on IdentityLinked{identity{id provider label createdAt lastUsedAt}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ linkIdentity: LinkIdentityResult }, { input: LinkIdentityInput; }>;

/** Begins to link another service from the account's settings. Needs a step up. */
export const startLinking = "mutation($input:StartLinkingInput!){startLinking(input:$input){__typename ...on LinkingStarted{url}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ startLinking: StartLinkingResult }, { input: StartLinkingInput; }>;

/** Links what the browser brought back, in the session that sent it. Needs a step up. */
export const finishLinking = "mutation($input:FinishLinkingInput!){finishLinking(input:$input){__typename ...on IdentityLinked{identity{id provider label createdAt lastUsedAt}}...on StepUpNeeded{methods}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ finishLinking: FinishLinkingResult }, { input: FinishLinkingInput; }>;

/** Begins a login by the sign-in that a phone's or a desktop's system has of another service. */
export const startIdTokenLogin = "mutation($input:StartIdTokenLoginInput!){startIdTokenLogin(input:$input){__typename ...on IdTokenLoginStarted{nonce expiresAt}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ startIdTokenLogin: StartIdTokenLoginResult }, { input: StartIdTokenLoginInput; }>;

/** Opens a session by the ID token that the system's own sign-in has given. */
export const loginWithIdToken = "mutation($input:LoginWithIdTokenInput!){loginWithIdToken(input:$input){__typename ...on LoggedIn{accessToken expiresAt refreshToken user{id email emailConfirmed name locale createdAt hasPassword} deviceToken}...on SecondFactorNeeded{ticket expiresAt methods passkeyOptions}...on IdentityNotLinked{provider linkTicket}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ loginWithIdToken: LoginWithIdTokenResult }, { input: LoginWithIdTokenInput; }>;

/** Changes the name or the language. */
export const updateProfile = "mutation($input:UpdateProfileInput!){updateProfile(input:$input){__typename ...on ProfileUpdated{user{id email emailConfirmed name locale createdAt hasPassword}}...on InvalidInput{errors{field message code}}...on Problem{message}}}" as Document<{ updateProfile: UpdateProfileResult }, { input: UpdateProfileInput; }>;

/** Erases the account and all that hangs on it, at once. */
export const deleteAccount = "mutation($input:DeleteAccountInput!){deleteAccount(input:$input){__typename ...on AccountDeleted{id}...on StepUpNeeded{methods}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ deleteAccount: DeleteAccountResult }, { input: DeleteAccountInput; }>;

/** Closes an account to everybody, and all its sessions. Needs MANAGE_USERS and a step up. */
export const disableUser = "mutation($input:DisableUserInput!){disableUser(input:$input){__typename ...on AccountChanged{account{id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ disableUser: ChangeAccountResult }, { input: DisableUserInput; }>;

/** Opens it again. Needs MANAGE_USERS and a step up. */
export const enableUser = "mutation($input:UserIdInput!){enableUser(input:$input){__typename ...on AccountChanged{account{id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ enableUser: ChangeAccountResult }, { input: UserIdInput; }>;

/** Takes it that the owner reads mail there; the account stays without a password until its owner chooses one. Needs MANAGE_USERS and a step up. */
export const confirmUser = "mutation($input:UserIdInput!){confirmUser(input:$input){__typename ...on AccountChanged{account{id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ confirmUser: ChangeAccountResult }, { input: UserIdInput; }>;

/** Sends the owner a link to a new password. Needs MANAGE_USERS and a step up. */
export const sendPasswordReset = "mutation($input:UserIdInput!){sendPasswordReset(input:$input){__typename ...on PasswordResetRequested{letterId}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ sendPasswordReset: SendPasswordResetResult }, { input: UserIdInput; }>;

/** Closes every session of somebody. Needs CLOSE_SESSIONS and a step up. */
export const closeUserSessions = "mutation($input:UserIdInput!){closeUserSessions(input:$input){__typename ...on AccountChanged{account{id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ closeUserSessions: ChangeAccountResult }, { input: UserIdInput; }>;

/** Takes every second factor and passkey away from somebody who has lost them, closes every session, and sends a link to a new password. NotFound also where there is nothing to take away. Needs RESET_SECOND_FACTORS and a step up. */
export const resetSecondFactors = "mutation($input:UserIdInput!){resetSecondFactors(input:$input){__typename ...on AccountChanged{account{id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ resetSecondFactors: ChangeAccountResult }, { input: UserIdInput; }>;

/** Gives somebody a role. Needs MANAGE_ROLES and a step up. */
export const grantRole = "mutation($input:RoleGrantInput!){grantRole(input:$input){__typename ...on AccountChanged{account{id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ grantRole: ChangeAccountResult }, { input: RoleGrantInput; }>;

/** Takes a role away from somebody. Needs MANAGE_ROLES and a step up. */
export const revokeRole = "mutation($input:RoleGrantInput!){revokeRole(input:$input){__typename ...on AccountChanged{account{id email emailConfirmed name locale createdAt disabledAt disabledReason hasPassword lastLoginAt roles{name permissions} secondFactors{required totpSince recoveryCodesLeft rememberedDevices} passkeyCount identities{id provider label createdAt lastUsedAt} sessions{id createdAt lastUsedAt expiresAt userAgent ipAddress methods steppedUpUntil current}}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ revokeRole: ChangeAccountResult }, { input: RoleGrantInput; }>;

/** Makes or changes a role. Needs MANAGE_ROLES and a step up. */
export const writeRole = "mutation($input:WriteRoleInput!){writeRole(input:$input){__typename ...on RoleWritten{role{name permissions}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ writeRole: WriteRoleResult }, { input: WriteRoleInput; }>;

/** Takes a role away from everybody. Needs MANAGE_ROLES and a step up. */
export const deleteRole = "mutation($input:DeleteRoleInput!){deleteRole(input:$input){__typename ...on RoleDeleted{name}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ deleteRole: DeleteRoleResult }, { input: DeleteRoleInput; }>;

/** Tries an email again at once. NotFound also for one that does not wait any more. Needs MANAGE_LETTERS. */
export const retryLetter = "mutation($input:RetryLetterInput!){retryLetter(input:$input){__typename ...on LetterRetried{letter{id kind userId state createdAt dueAt attempts lastError}}...on Problem{message}}}" as Document<{ retryLetter: RetryLetterResult }, { input: RetryLetterInput; }>;

/** Sets up a webhook. Needs MANAGE_WEBHOOKS and a step up. */
export const createWebhook = "mutation($input:CreateWebhookInput!){createWebhook(input:$input){__typename ...on WebhookCreated{webhook{id url events createdAt disabledAt deliveries{nodes{id event state createdAt dueAt attempts lastStatus} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}} secret}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ createWebhook: CreateWebhookResult }, { input: CreateWebhookInput; }>;

/** Changes what it is told, or switches it. Needs MANAGE_WEBHOOKS and a step up. */
export const updateWebhook = "mutation($input:UpdateWebhookInput!){updateWebhook(input:$input){__typename ...on WebhookUpdated{webhook{id url events createdAt disabledAt deliveries{nodes{id event state createdAt dueAt attempts lastStatus} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}...on InvalidInput{errors{field message code}}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ updateWebhook: UpdateWebhookResult }, { input: UpdateWebhookInput; }>;

/** Makes a new secret for it. Needs MANAGE_WEBHOOKS and a step up. */
export const rotateWebhookSecret = "mutation($input:WebhookIdInput!){rotateWebhookSecret(input:$input){__typename ...on WebhookSecretRotated{secret previousUntil}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ rotateWebhookSecret: RotateWebhookSecretResult }, { input: WebhookIdInput; }>;

/** Takes it away. Needs MANAGE_WEBHOOKS and a step up. */
export const deleteWebhook = "mutation($input:WebhookIdInput!){deleteWebhook(input:$input){__typename ...on WebhookDeleted{webhookId}...on StepUpNeeded{methods}...on Problem{message}}}" as Document<{ deleteWebhook: DeleteWebhookResult }, { input: WebhookIdInput; }>;

/** Sends it an event to try it. Needs MANAGE_WEBHOOKS. */
export const testWebhook = "mutation($input:WebhookIdInput!){testWebhook(input:$input){__typename ...on WebhookDeliveryQueued{delivery{id event state createdAt dueAt attempts lastStatus}}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ testWebhook: TestWebhookResult }, { input: WebhookIdInput; }>;

/** Tries a delivery again at once. NotFound also for one whose body is erased, a week after its end. Needs MANAGE_WEBHOOKS. */
export const retryWebhookDelivery = "mutation($input:RetryWebhookDeliveryInput!){retryWebhookDelivery(input:$input){__typename ...on WebhookDeliveryQueued{delivery{id event state createdAt dueAt attempts lastStatus}}...on TooManyAttempts{retryAfter}...on Problem{message}}}" as Document<{ retryWebhookDelivery: RetryWebhookDeliveryResult }, { input: RetryWebhookDeliveryInput; }>;
