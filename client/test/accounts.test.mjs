// What people do with an account, by the methods there are for it
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createPostern, PosternError } from "../dist/index.js";
import { createRecoveryCodes, mySessions, revokeSession } from "../dist/operations.js";
import { PASSWORD, serve, setUpTotp, somebody, totp } from "./support/server.mjs";
import { storage, wire } from "./support/wire.mjs";

const server = await serve();
const client = (options = {}) => createPostern({ url: server.url, transport: "token", ...options });

test("somebody registers, asks for the letter again, confirms, and logs in", async () => {
  const postern = client();
  const email = "ann@example.com";
  assert.deepEqual(await postern.register({ email: "ANN@example.com", password: PASSWORD }), { __typename: "Registered", email });
  const early = await postern.login({ email, password: PASSWORD });
  assert.equal(early.__typename, "EmailNotConfirmed");
  assert.equal((await postern.resendConfirmation({ email })).__typename, "ConfirmationSent");
  const confirmed = await postern.confirmEmail({ token: await server.letter(email, 2) });
  assert.deepEqual(confirmed, { __typename: "EmailConfirmed", email, alreadyConfirmed: false });
  assert.equal((await postern.login({ email, password: PASSWORD })).user.email, email);
});

test("wrong inputs come with their codes, and with messages in the language that is asked for", async () => {
  const input = { email: "nobody", password: "short" };
  const results = {};
  for (const locale of ["en", "de", "fr"]) results[locale] = await client({ locale: () => locale }).register(input);
  for (const result of Object.values(results)) {
    assert.equal(result.__typename, "InvalidInput");
    assert.deepEqual(result.errors.map(({ field, code }) => [field, code]), [["email", "INVALID"], ["password", "TOO_SHORT"]]);
  }
  assert.equal(new Set(Object.values(results).map((result) => result.message)).size, 3);
});

test("what the server cannot say is said in the same languages", async () => {
  const messages = [];
  for (const locale of ["en-GB", "de", "fr-CA", "constructor"]) {
    const postern = client({ locale, fetch: async () => { throw new TypeError("fetch failed"); } });
    await assert.rejects(postern.register({ email: "a@example.com", password: PASSWORD }), (error) => {
      messages.push(error.message);
      return error instanceof PosternError && error.code === "NETWORK" && error.cause.message === "fetch failed";
    });
  }
  assert.deepEqual(messages.map((message) => message.split(" ")[0]), ["The", "Der", "Le", "The"]);
});

test("an error of a program has the server's code", async () => {
  const postern = client();
  await assert.rejects(postern.request("{ nothing }", {}), { code: "GRAPHQL_VALIDATION_FAILED" });
  await assert.rejects(postern.request("{", {}), { code: "GRAPHQL_PARSE_FAILED" });
  await assert.rejects(postern.request(mySessions, {}), { code: "UNAUTHENTICATED" });
  await assert.rejects(postern.changePassword({ newPassword: PASSWORD }), { code: "UNAUTHENTICATED" });
});

test("a second factor is asked for, and the ticket need not be carried along", async () => {
  const ben = await somebody(server, "ben@example.com");
  const postern = client();
  await postern.login(ben);
  const { secret, recoveryCodes } = await setUpTotp(postern);
  const needed = await postern.login(ben);
  assert.deepEqual([needed.__typename, needed.methods], ["SecondFactorNeeded", ["TOTP", "RECOVERY_CODE"]]);
  const wrong = await postern.completeLogin({ proof: { recoveryCode: "no code" } });
  assert.equal(wrong.__typename, "InvalidProof");
  const right = await postern.completeLogin({ proof: { totpCode: totp(secret, 1) }, rememberDevice: true });
  assert.deepEqual([right.__typename, right.accessToken, right.refreshToken], ["LoggedIn", undefined, undefined]);
  await postern.logout();
  assert.equal((await postern.login(ben)).__typename, "LoggedIn", "the device is remembered");
  const { createRecoveryCodes: refused } = await postern.request(createRecoveryCodes, {});
  assert.deepEqual([refused.__typename, refused.methods], ["StepUpNeeded", ["TOTP", "RECOVERY_CODE"]]);
  assert.equal((await postern.stepUp({ proof: { recoveryCode: recoveryCodes[0] } })).__typename, "SteppedUp");
  assert.equal((await postern.request(createRecoveryCodes, {})).createRecoveryCodes.recoveryCodes.length, 10);
});

test("a device is known again after a reload, and outlives the session", async () => {
  const cat = await somebody(server, "cat@example.com");
  const kept = storage();
  const line = wire();
  await client({ storage: kept }).login(cat);
  const { deviceToken } = JSON.parse(kept.kept.get("postern"));
  const again = client({ storage: kept, fetch: line.fetch });
  await again.resume();
  await again.logout();
  await again.login(cat);
  assert.equal(JSON.parse(line.passed.at(-1).init.body).variables.input.deviceToken, deviceToken);
});

test("a code by mail logs in where it was asked for", async () => {
  const dan = await somebody(server, "dan@example.com");
  const postern = client();
  const sent = await postern.requestLoginCode({ email: dan.email });
  assert.equal(sent.__typename, "LoginCodeSent");
  assert.equal((await postern.loginWithCode({ code: "no code" })).__typename, "InvalidProof");
  const result = await postern.loginWithCode({ code: await server.letter(dan.email, 2) });
  assert.deepEqual([result.__typename, result.user.email], ["LoggedIn", dan.email]);
});

test("a password is forgotten, and another changed", async () => {
  const eve = await somebody(server, "eve@example.com");
  const postern = client();
  await postern.requestPasswordReset({ email: eve.email });
  const token = await server.letter(eve.email, 2);
  const reset = await postern.resetPassword({ token, newPassword: "a louder gate at dawn" });
  assert.deepEqual(reset, { __typename: "PasswordReset", email: eve.email });
  await postern.login({ email: eve.email, password: "a louder gate at dawn" });
  const changed = await postern.changePassword({ currentPassword: "a louder gate at dawn", newPassword: "a third gate at noon" });
  assert.equal(changed.__typename, "PasswordChanged");
  const wrong = await postern.login(eve);
  assert.equal(wrong.__typename, "InvalidCredentials");
  assert.equal((await postern.me()).email, eve.email, "a login that fails ends no session");
});

test("sessions are listed and closed, and a deleted account is signed out at once", async () => {
  const fay = await somebody(server, "fay@example.com");
  const [first, second] = [client(), client()];
  await first.login(fay);
  await second.login(fay);
  const other = (await first.request(mySessions, {})).me.sessions.find((session) => !session.current);
  const { revokeSession: closed } = await first.request(revokeSession, { input: { sessionId: other.id } });
  assert.deepEqual(closed, { __typename: "SessionRevoked", sessionId: other.id });
  assert.equal(await second.me(), null);
  assert.equal((await first.deleteAccount()).__typename, "StepUpNeeded");
  assert.equal(first.session.get().status, "signedIn");
  assert.equal((await first.deleteAccount({ password: PASSWORD })).__typename, "AccountDeleted");
  assert.equal(first.session.get().status, "signedOut");
  assert.equal((await first.login(fay)).__typename, "InvalidCredentials");
});

test("where there are no passkeys and no other services, the answers say so", async () => {
  const postern = client();
  const failed = await postern.loginWithPasskey();
  assert.deepEqual([failed.__typename, failed.reason], ["PasskeyFailed", "unsupported"]);
  assert.deepEqual(await postern.providers(), []);
  const address = new URL(await postern.providerUrl({ url: `${server.url}/auth/google` }, "https://app.example.com/welcome"));
  assert.match(address.searchParams.get("code_challenge"), /^[\w-]{43}$/);
  assert.equal(address.searchParams.get("return_to"), "https://app.example.com/welcome");
  const back = await postern.exchangeCode("https://app.example.com/welcome?code=made-up");
  assert.equal(back.__typename, "InvalidToken");
  for (const [query, reason] of [["error=denied", "denied"], ["error=expired", "expired"], ["error=<script>", "failed"], ["code=again", "failed"]]) {
    const answer = await postern.exchangeCode(`https://app.example.com/welcome?${query}`);
    assert.deepEqual([answer.__typename, answer.reason], ["ServiceFailed", reason]);
  }
});

test("a server that executes nothing but the package's documents serves all of it", async () => {
  const documents = fileURLToPath(new URL("../dist/documents.json", import.meta.url));
  const strict = await serve({ PERSISTED_DOCUMENTS: documents, PERSISTED_DOCUMENTS_ONLY: "true" });
  const postern = createPostern({ url: strict.url, transport: "token" });
  assert.equal((await postern.login(await somebody(strict, "ann@example.com"))).__typename, "LoggedIn");
  assert.equal((await postern.request(mySessions, {})).me.sessions.length, 1);
  await assert.rejects(postern.request("{ me { email } }", {}), { name: "PosternError" });
  await postern.logout();
});
