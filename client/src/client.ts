import { only } from "./asking.js";
import { Core, withoutTokens, type RequestOptions, type Tokenless } from "./core.js";
import { PosternError } from "./errors.js";
import * as operations from "./generated/operations.js";
import type * as schema from "./generated/schema.js";
import type { PosternOptions } from "./options.js";
import { createPasskey, forgetPasskey, getPasskey, hasFailed, type PasskeyFailed, type PasskeyRequest } from "./passkeys.js";
import { brought, verifiers, type ServiceFailed } from "./services.js";

/** One server, and who is signed in there. Made by `createPostern`. */
export class Postern extends Core {
  readonly #verifiers: ReturnType<typeof verifiers>;
  #codeTicket: string | null = null; // of a code that was sent

  constructor(options: PosternOptions) {
    super(options);
    this.#verifiers = verifiers(options.name ?? "postern");
  }

  /** Opens an account; an email has the link that confirms it. */
  register(input: schema.RegisterInput, options?: RequestOptions): Promise<schema.RegisterResult> {
    return this.openly(operations.register, input, options);
  }

  /** Sends a new link to an address that was registered but not confirmed. */
  resendConfirmation(input: schema.ResendConfirmationInput, options?: RequestOptions): Promise<schema.ResendConfirmationResult> {
    return this.openly(operations.resendConfirmation, input, options);
  }

  /** Confirms an address by what follows `token=` in the email's link. */
  confirmEmail(input: schema.ConfirmEmailInput, options?: RequestOptions): Promise<schema.ConfirmEmailResult> {
    return this.openly(operations.confirmEmail, input, options);
  }

  /** Opens a session by a password. After `SecondFactorNeeded` comes `completeLogin`. */
  async login(input: schema.LoginInput, options?: RequestOptions): Promise<Tokenless<schema.LoginResult>> {
    return this.signIn(operations.login, { ...(await this.tokens.device()), ...input }, options);
  }

  /** Opens the session that `SecondFactorNeeded` kept closed: the latest one's, unless a ticket is given. */
  completeLogin(input: schema.CompleteLoginInput, options?: RequestOptions): Promise<Tokenless<schema.CompleteLoginResult>> {
    const ticket = input.ticket ?? this.ticket;
    return this.signIn(operations.completeLogin, { ...input, ...(ticket && { ticket }) }, options);
  }

  /** The same by a passkey, with the options that `SecondFactorNeeded` brings. */
  async completeLoginWithPasskey(
    needed: Pick<schema.SecondFactorNeeded, "passkeyOptions" | "ticket">,
    rememberDevice = false,
  ): Promise<Tokenless<schema.CompleteLoginResult> | PasskeyFailed> {
    const passkey = await getPasskey(this.say, needed.passkeyOptions);
    return hasFailed(passkey) ? passkey : this.completeLogin({ ticket: needed.ticket, proof: { passkey }, rememberDevice });
  }

  /** Sends a code to log in with, where the server does that. */
  async requestLoginCode(input: schema.RequestLoginCodeInput, options?: RequestOptions): Promise<schema.RequestLoginCodeResult> {
    const result = await this.openly(operations.requestLoginCode, { ...(await this.tokens.device()), ...input }, options);
    if (result.__typename === "LoginCodeSent") this.#codeTicket = result.ticket;
    return result;
  }

  /** Opens a session by a code: that of the latest `requestLoginCode`, unless a ticket is given. */
  async loginWithCode(input: schema.LoginWithCodeInput, options?: RequestOptions): Promise<Tokenless<schema.LoginWithCodeResult>> {
    const ticket = input.ticket ?? this.#codeTicket;
    const known = await this.tokens.device();
    return this.signIn(operations.loginWithCode, { ...known, ...input, ...(ticket && { ticket }) }, options);
  }

  /** Opens a session by a passkey, also from the browser's suggestions: `{ mediation: "conditional", signal }`. */
  async loginWithPasskey(how?: PasskeyRequest): Promise<Tokenless<schema.LoginWithPasskeyResult> | PasskeyFailed> {
    const started = only(await this.ask(operations.startPasskeyLogin, {}, how));
    if (started.__typename !== "PasskeyLoginStarted") return started;
    const credential = await getPasskey(this.say, started.options, how);
    if (hasFailed(credential)) return credential;
    const result = await this.signIn(operations.loginWithPasskey, { ceremony: started.ceremony, credential });
    if (result.__typename === "UnknownPasskey") await forgetPasskey(result.rpId, credential.id);
    return result;
  }

  /** Adds a passkey to the account. Needs a step up. */
  async addPasskey(
    input: Omit<schema.AddPasskeyInput, "ceremony" | "credential"> = {},
  ): Promise<Exclude<schema.StartPasskeyRegistrationResult, schema.PasskeyRegistrationStarted> | schema.AddPasskeyResult | PasskeyFailed> {
    const started = only(await this.request(operations.startPasskeyRegistration, {}));
    if (started.__typename !== "PasskeyRegistrationStarted") return started;
    const credential = await createPasskey(this.say, started.options);
    if (hasFailed(credential)) return credential;
    return this.asUser(operations.addPasskey, { ...input, ceremony: started.ceremony, credential });
  }

  /** Other services that one can log in with, for buttons. */
  async providers(options?: RequestOptions): Promise<schema.Provider[]> {
    return only(await this.ask(operations.providers, {}, options));
  }

  /** Where to send the browser, to log in with another service and come back to a page of RETURN_URLS. */
  async providerUrl(provider: Pick<schema.Provider, "url">, returnTo: string): Promise<string> {
    const asked = { return_to: returnTo, code_challenge: await this.#verifiers.challenge() };
    return `${provider.url}?${new URLSearchParams(asked)}`;
  }

  /** Opens a session by what the browser has brought back in its address, and takes that out of there. */
  async exchangeCode(address?: string): Promise<Tokenless<schema.ExchangeCodeResult> | ServiceFailed> {
    const back = brought(address, this.#verifiers.take(), this.say);
    if ("reason" in back) return back;
    return this.signIn(operations.exchangeCode, { ...(await this.tokens.device()), ...back });
  }

  /** The account of who is signed in; null where nobody is. */
  async me(options?: RequestOptions): Promise<schema.User | null> {
    try {
      return (await this.request(operations.me, {}, options)).me;
    } catch (error) {
      if (error instanceof PosternError && error.code === "UNAUTHENTICATED") return null;
      throw error;
    }
  }

  /** Sends a link to choose a new password. */
  requestPasswordReset(input: schema.RequestPasswordResetInput, options?: RequestOptions): Promise<schema.RequestPasswordResetResult> {
    return this.openly(operations.requestPasswordReset, input, options);
  }

  /** Sets a new password by what follows `token=` in the email's link. */
  async resetPassword(input: schema.ResetPasswordInput, options?: RequestOptions): Promise<Tokenless<schema.ResetPasswordResult>> {
    const result = await this.openly(operations.resetPassword, input, options);
    if (result.__typename === "PasswordReset" && result.deviceToken) await this.tokens.keepDevice(result.deviceToken);
    return withoutTokens(result);
  }

  /** Sets a new password, and closes every other session. */
  changePassword(input: schema.ChangePasswordInput, options?: RequestOptions): Promise<schema.ChangePasswordResult> {
    return this.asUser(operations.changePassword, input, options);
  }

  /** Says who is there. After `StepUpNeeded` comes this, and then the same again. */
  stepUp(input: schema.StepUpInput, options?: RequestOptions): Promise<schema.StepUpResult> {
    return this.asUser(operations.stepUp, input, options);
  }

  /** Begins a step up by a mailed code. */
  startStepUp(input: schema.StartStepUpInput, options?: RequestOptions): Promise<schema.StartStepUpResult> {
    return this.asUser(operations.startStepUp, input, options);
  }

  /** Steps up by a passkey. */
  async stepUpWithPasskey(): Promise<Exclude<schema.StartStepUpResult, schema.StepUpStarted> | schema.StepUpResult | PasskeyFailed> {
    const started = await this.startStepUp({ method: "PASSKEY" });
    if (started.__typename !== "StepUpStarted") return started;
    const passkey = await getPasskey(this.say, started.passkeyOptions);
    return hasFailed(passkey) ? passkey : this.stepUp({ ceremony: started.ceremony, proof: { passkey } });
  }

  /** Erases the account and all that hangs on it, at once. */
  async deleteAccount(input: schema.DeleteAccountInput = {}, options?: RequestOptions): Promise<schema.DeleteAccountResult> {
    const result = await this.asUser(operations.deleteAccount, input, options);
    if (result.__typename === "AccountDeleted") await this.tokens.end();
    return result;
  }
}
