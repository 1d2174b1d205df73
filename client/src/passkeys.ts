import type { Say } from "./asking.js";

/** The browser's part has not come to an end: the person has closed its window, or it cannot do it here. */
export interface PasskeyFailed {
  __typename: "PasskeyFailed";
  reason: "cancelled" | "unsupported";
  /** One sentence, fit for the person who asked. */
  message: string;
}

/** What `navigator.credentials.get` may be told besides, such as `{ mediation: "conditional", signal }`. */
export type PasskeyRequest = Pick<CredentialRequestOptions, "mediation" | "signal">;

const failed = (say: Say, reason: PasskeyFailed["reason"]): PasskeyFailed => ({ __typename: "PasskeyFailed", reason, message: say(reason) });

/** Whether a ceremony has ended without an answer. */
export const hasFailed = (answer: unknown): answer is PasskeyFailed => (answer as PasskeyFailed).__typename === "PasskeyFailed";

/** Has somebody choose a passkey; gives back the answer as JSON. Rejects where the caller's signal is aborted. */
export const getPasskey = (say: Say, options: unknown, how: PasskeyRequest = {}) =>
  ceremony(say, how.signal, async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
    return navigator.credentials.get({ ...how, publicKey });
  });

/** Has the browser make a passkey; likewise. */
export const createPasskey = (say: Say, options: unknown) =>
  ceremony(say, undefined, async () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
    return navigator.credentials.create({ publicKey });
  });

async function ceremony(say: Say, signal: AbortSignal | undefined, run: () => Promise<Credential | null>) {
  if (typeof PublicKeyCredential === "undefined" || !PublicKeyCredential.parseRequestOptionsFromJSON) return failed(say, "unsupported");
  try {
    const credential = (await run()) as PublicKeyCredential;
    return credential.toJSON();
  } catch (error) {
    if (signal?.aborted) throw error;
    if (!(error instanceof DOMException)) throw error;
    // A person's no, also in silence; all else is a device that cannot or may not do it here.
    return failed(say, ["NotAllowedError", "AbortError"].includes(error.name) ? "cancelled" : "unsupported");
  }
}

/** Has the device stop offering a passkey that the server does not know any more. */
export async function forgetPasskey(rpId: string, credentialId: string): Promise<void> {
  const signals = PublicKeyCredential as unknown as { signalUnknownCredential?(known: { rpId: string; credentialId: string }): Promise<void> };
  await signals.signalUnknownCredential?.({ rpId, credentialId });
}
