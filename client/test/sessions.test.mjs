// Staying logged in: one refresh for many, a second try, what is lost, what is kept
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPostern, PosternError } from "../dist/index.js";
import { mySessions, revokeOtherSessions } from "../dist/operations.js";
import { PASSWORD, serve, somebody, until } from "./support/server.mjs";
import { lost, spoilt, storage, wire } from "./support/wire.mjs";

const server = await serve();
const ann = await somebody(server, "ann@example.com");
const ben = await somebody(server, "ben@example.com");

/** A client in token mode that has a wire of its own, and somebody signed in. */
async function signedIn(options = {}, who = ann) {
  const line = wire();
  const postern = createPostern({ url: server.url, transport: "token", fetch: line.fetch, ...options });
  const { __typename } = await postern.login(who);
  assert.equal(__typename, "LoggedIn");
  return { postern, line };
}

const refreshTokenIn = (kept) => JSON.parse(kept.get("postern")).refreshToken;

test("a login shows who is signed in, keeps its tokens to itself, and a logout ends it", async () => {
  const kept = storage();
  const postern = createPostern({ url: server.url, transport: "token", storage: kept });
  const seen = [];
  const stop = postern.session.subscribe(({ status }) => seen.push(status));
  assert.deepEqual(postern.session.get(), { status: "unknown" });
  assert.equal((await postern.resume()).status, "signedOut");
  const result = await postern.login(ann);
  assert.deepEqual(Object.keys(result).sort(), ["__typename", "user"]);
  const { status, userId, sessionId, roles } = postern.session.get();
  assert.deepEqual([status, userId, roles], ["signedIn", result.user.id, []]);
  const me = await postern.me();
  assert.deepEqual([me.id, me.email], [userId, ann.email]);
  const [session] = (await postern.request(mySessions, {})).me.sessions;
  assert.deepEqual([session.id, session.current], [sessionId, true]);
  await postern.logout();
  assert.equal(await postern.me(), null);
  assert.deepEqual(seen, ["signedOut", "signedIn", "signedOut"]);
  assert.deepEqual(Object.keys(JSON.parse(kept.kept.get("postern"))), ["deviceToken"], "the device stays known");
  stop();
  await postern.logout(); // twice is no mistake
  assert.equal(seen.length, 3);
});

test("the store gives the same object until something changes, as useSyncExternalStore wants it", async () => {
  const { postern } = await signedIn();
  const before = postern.session.get();
  await postern.resume();
  assert.equal(postern.session.get(), before);
  assert.ok(Object.isFrozen(before));
});

test("twenty requests whose token is refused do one refresh, and each is answered", async () => {
  const { postern, line } = await signedIn();
  for (let each = 0; each < 20; each += 1) line.next("other", spoilt);
  const answers = await Promise.all(Array.from({ length: 20 }, () => postern.me()));
  assert.ok(answers.every((me) => me.email === ann.email));
  assert.equal(line.count("refresh"), 1);
  assert.equal(line.count("other"), 1 + 40);
});

test("a request is tried a second time and never a third", async () => {
  const { postern, line } = await signedIn();
  line.next("other", spoilt);
  line.next("other", spoilt);
  assert.equal(await postern.me(), null);
  assert.deepEqual([line.count("refresh"), line.count("other")], [1, 1 + 2]);
  assert.equal((await postern.me()).email, ann.email);
});

test("a token near its end is refreshed before it is sent, whatever this device's clock says", async (t) => {
  const { postern, line } = await signedIn();
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 14 * 60_000 });
  await postern.me();
  assert.equal(line.count("refresh"), 0);
  t.mock.timers.setTime(Date.now() + 45_000);
  await postern.me();
  assert.equal(line.count("refresh"), 1);
  t.mock.timers.setTime(Date.now() - 3_600_000); // set back by an hour
  assert.equal((await postern.me()).email, ann.email);
  await postern.me();
  assert.equal(line.count("refresh"), 2);
});

test("a clock that is an hour wrong from the start makes no difference", async (t) => {
  for (const wrong of [-3_600_000, 3_600_000]) {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + wrong });
    const { postern, line } = await signedIn();
    for (let each = 0; each < 3; each += 1) assert.equal((await postern.me()).email, ann.email);
    assert.equal(line.count("refresh"), 0);
    t.mock.timers.reset();
  }
});

test("where a refresh's answer is lost the same token is sent again, and the session goes on", async () => {
  const { postern, line } = await signedIn({ storage: storage() });
  line.next("refresh", lost);
  line.next("refresh", lost);
  line.next("other", spoilt);
  assert.equal((await postern.me()).email, ann.email);
  assert.equal(line.count("refresh"), 3);
  line.next("other", spoilt);
  assert.equal((await postern.me()).email, ann.email, "and its successor is good, too");
});

test("a refused refresh signs out, here and in what is kept, and nobody else", async () => {
  const kept = storage();
  const { postern } = await signedIn({ storage: kept });
  const { postern: other } = await signedIn();
  const { postern: neighbour } = await signedIn({}, ben);
  await other.request(revokeOtherSessions, {});
  assert.equal(await postern.me(), null);
  assert.deepEqual(postern.session.get(), { status: "signedOut" });
  assert.equal(refreshTokenIn(kept.kept), undefined);
  assert.equal((await other.me()).email, ann.email);
  assert.equal((await neighbour.me()).email, ben.email);
});

test("what a thief has used is seen, and signs everybody out of that session", async () => {
  const kept = storage();
  const { postern, line } = await signedIn({ storage: kept });
  const stolen = refreshTokenIn(kept.kept);
  for (let each = 0; each < 2; each += 1) {
    line.next("other", spoilt);
    await postern.me();
  }
  const thief = createPostern({ url: server.url, transport: "token", storage: storage(new Map([["postern", JSON.stringify({ refreshToken: stolen })]])) });
  assert.deepEqual(await thief.resume(), { status: "signedOut" });
  assert.equal(await postern.me(), null);
});

test("a new client goes on with what is kept, in whatever kind of storage", async () => {
  const kept = storage();
  const slow = { getItem: async (name) => kept.getItem(name), setItem: async (name, value) => kept.setItem(name, value), removeItem: async () => {} };
  await signedIn({ storage: slow });
  const again = createPostern({ url: server.url, transport: "token", storage: kept });
  assert.equal((await again.resume()).status, "signedIn");
  assert.equal((await again.me()).email, ann.email);
});

test("a storage that is full, blocked or somebody else's loses nobody", async () => {
  const full = { ...storage(), setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  const { postern, line } = await signedIn({ storage: full });
  for (let each = 0; each < 3; each += 1) {
    line.next("other", spoilt);
    assert.equal((await postern.me()).email, ann.email);
  }
  // Full from some moment on: the token that is left there was traded in, and must not be found.
  const kept = storage();
  const { postern: later, line: laterLine } = await signedIn({ storage: kept });
  kept.setItem = full.setItem;
  for (let each = 0; each < 3; each += 1) {
    laterLine.next("other", spoilt);
    assert.equal((await later.me()).email, ann.email);
  }
  assert.equal(kept.kept.size, 0);
  for (const text of ["not JSON", "null", '{"refreshToken": 5, "__proto__": {"refreshToken": "x"}}']) {
    const strange = createPostern({ url: server.url, transport: "token", storage: storage(new Map([["postern", text]])) });
    assert.equal((await strange.resume()).status, "signedOut");
    assert.equal((await strange.login(ann)).__typename, "LoggedIn");
  }
});

test("a storage that cannot be read just now logs nobody out", async () => {
  const kept = storage();
  const { postern, line } = await signedIn({ storage: kept });
  const { getItem } = kept;
  kept.getItem = () => { throw new Error("locked"); };
  line.next("other", spoilt);
  await assert.rejects(postern.me(), (error) => error.cause.message === "locked");
  kept.getItem = getItem;
  assert.equal((await postern.me()).email, ann.email);
});

test("who aborts gets their own reason, and the refresh goes on for the others", async () => {
  const { postern, line } = await signedIn();
  line.next("other", spoilt);
  line.next("other", spoilt);
  let release;
  line.next("refresh", async (...sent) => { await new Promise((resolve) => { release = resolve; }); return fetch(...sent); });
  const controller = new AbortController();
  const aborted = postern.me({ signal: controller.signal });
  const patient = postern.me();
  await until(() => release);
  controller.abort(new Error("left the page"));
  await assert.rejects(aborted, /left the page/);
  release();
  assert.equal((await patient).email, ann.email);
  await assert.rejects(postern.me({ signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("a server that is down logs nobody out, and is asked again when it is back", async () => {
  const kept = storage();
  const { postern, line } = await signedIn({ storage: kept });
  await server.stop();
  const down = (error) => error instanceof PosternError && error.code === "NETWORK";
  await assert.rejects(postern.me(), down);
  await assert.rejects(postern.logout(), down);
  line.next("other", async () => Response.json({ data: { me: null }, errors: [{ message: "no", extensions: { code: "UNAUTHENTICATED" } }] }));
  const fresh = createPostern({ url: server.url, transport: "token", storage: kept });
  await Promise.all([assert.rejects(postern.me(), down), assert.rejects(fresh.resume(), down)]);
  assert.equal(postern.session.get().status, "signedIn");
  assert.equal(fresh.session.get().status, "unknown");
  await server.start();
  assert.equal((await postern.me()).email, ann.email);
  assert.equal((await fresh.me()).email, ann.email);
});

test("what a proxy answers in the server's place is an error, and no refusal", async () => {
  const { postern, line } = await signedIn({ storage: storage() });
  for (const answer of ["<h1>Bad gateway</h1>", "null", "[]", '{"data": null}', '{"errors": [{"message": "?"}]}']) {
    line.next("other", async () => new Response(answer, { status: 502 }));
    await assert.rejects(postern.me(), { name: "PosternError", code: "UNEXPECTED" });
  }
  line.next("other", spoilt);
  line.next("refresh", async () => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  assert.equal((await postern.me()).email, ann.email);
});

test("an answer pollutes no prototype", async () => {
  const { postern, line } = await signedIn();
  line.next("other", async () => new Response('{"data": {"__proto__": {"polluted": true}, "me": {"__proto__": {"polluted": true}, "id": "1"}}}'));
  await postern.request("{ me { id } }", {});
  assert.equal({}.polluted, undefined);
});

test("in Node, clients of several people know nothing of each other", async () => {
  const { postern: first } = await signedIn({ sharesTabs: true });
  const { postern: second } = await signedIn({ sharesTabs: true }, ben);
  assert.equal((await first.me()).email, ann.email);
  await second.logout();
  assert.equal((await first.me()).email, ann.email);
});

test("fetch gives the token to the server and to the origins that are listed, and to nobody else", async () => {
  const { postern, line } = await signedIn({ origins: ["https://api.example.com"] });
  const sent = [];
  for (let each = 0; each < 2; each += 1) line.next("other", async (address, init) => { sent.push([String(address), new Headers(init.headers).get("authorization")]); return new Response("", { status: sent.length === 1 ? 401 : 200 }); });
  const answer = await postern.fetch(new Request("https://api.example.com/things", { method: "POST", body: "a thing" }));
  assert.equal(answer.status, 200);
  assert.deepEqual(sent.map(([, token]) => token?.startsWith("Bearer ey")), [true, true]);
  assert.notEqual(sent[0][1], sent[1][1], "a 401 has it refreshed");
  assert.equal((await postern.fetch(`${server.url}/healthz`)).status, 200);
  for (const address of ["https://api.example.com.evil.test/", "https://api.example.com@evil.test/", "https://api.example.com\\@evil.test/", "http://api.example.com/", "https://evil.test/?https://api.example.com/", "//evil.test", "/things"]) {
    await assert.rejects(postern.fetch(address), /no access token is sent/, address);
  }
});
