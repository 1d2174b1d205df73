// What the compiler has to know: which results there are, and that none is forgotten. Compiled, and never run.
import { createPostern, type InputErrorCode, type Problem, type SecondFactorMethod } from "../dist/index.js";
import { disableUser, updateProfile } from "../dist/operations.js";

const postern = createPostern({ url: "https://accounts.example.com", transport: "cookie" });

export async function logIn(email: string, password: string): Promise<string> {
  const result = await postern.login({ email, password });
  switch (result.__typename) {
    case "LoggedIn":
      // @ts-expect-error: the client keeps it to itself
      result.refreshToken;
      return result.user.email;
    case "SecondFactorNeeded": {
      const methods: SecondFactorMethod[] = result.methods;
      return methods.join();
    }
    case "TooManyAttempts":
      return `${result.message} ${result.retryAfter}`;
    case "InvalidCredentials":
    case "EmailNotConfirmed":
    case "AccountDisabled":
      return result.message;
    default:
      return result satisfies never;
  }
}

export async function register(): Promise<InputErrorCode[]> {
  const result = await postern.register({ email: "ann@example.com", password: "a quiet gate at dusk", name: null });
  // @ts-expect-error: no such result
  if (result.__typename === "LoggedIn") return [];
  return result.__typename === "InvalidInput" ? result.errors.map((error) => error.code) : [];
}

export async function others(): Promise<void> {
  const { disableUser: result } = await postern.request(disableUser, { input: { userId: "1", reason: "spam" } });
  if (result.__typename === "AccountChanged") result.account.sessions.map((session) => session.userAgent);
  // @ts-expect-error: a reason has to be given
  await postern.request(disableUser, { input: { userId: "1" } });
  // @ts-expect-error: one proof, of one kind
  await postern.completeLogin({ proof: { totpCode: "123456", recoveryCode: "x" } });
  await postern.request(updateProfile, { input: { name: null } });
  const name: Problem["__typename"] = "StepUpNeeded";
  // @ts-expect-error: no problem has this name
  const none: Problem["__typename"] = "LoggedIn";
  void [name, none];
  const session = postern.session.get();
  // @ts-expect-error: only where somebody is signed in
  session.userId;
  if (session.status === "signedIn") session.userId.length;
}
