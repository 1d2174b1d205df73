// Who is signed in. The tokens live as long as this browser tab does, and never in its localStorage.
const KEY = "postern:session";
const LONGEST_TIMER = 2 ** 31 - 1; // milliseconds

const ask = GraphiQL.createFetcher({ url: window.location.pathname, enableIncrementalDelivery: false });

export const changes = new EventTarget();
// { email, accessToken, refreshToken, expiresAt, trouble }; without tokens once the session is over.
export let session = JSON.parse(sessionStorage.getItem(KEY));
let timer;

export function bearer() {
  return session?.accessToken && `Bearer ${session.accessToken}`;
}

// For GraphiQL: asks the server, and heeds what the answer says about the session.
export async function fetcher(params, options) {
  const answer = await ask(params, options);
  heed(params, answer, bearer() !== undefined && options?.headers?.Authorization === bearer());
  return answer;
}

function heed({ variables }, answer, asUser) {
  changes.dispatchEvent(new CustomEvent("answer", { detail: { input: variables?.input ?? {}, answer } }));
  for (const result of Object.values(answer.data ?? {})) {
    if (result?.accessToken) open(result);
    else if (asUser && ["LoggedOut", "AccountDeleted"].includes(result?.__typename)) become(null);
    else if (["EmailChanged", "EmailChangeUndone", "PasswordReset"].includes(result?.__typename)) identify();
  }
  if (asUser && refused(answer)) become({ ...session, trouble: "refused" });
}

function refused({ errors }) {
  return errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED");
}

function become(next) {
  const before = bearer();
  session = next;
  if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
  else sessionStorage.removeItem(KEY);
  expectTheEnd();
  changes.dispatchEvent(new CustomEvent("session", { detail: { before } }));
}

async function open({ accessToken, refreshToken, expiresAt, user }) {
  become({ accessToken, refreshToken, expiresAt, email: user?.email ?? session?.email });
  if (!user?.email) await identify();
}

// Asks the server whom the token belongs to, and whether it is still good.
async function identify() {
  const asked = bearer();
  if (!asked) return;
  const answer = await ask({ query: "{ me { email } }" }, { headers: { Authorization: asked } });
  if (asked !== bearer()) return;
  if (refused(answer)) become({ ...session, trouble: "refused" });
  else if (answer.data?.me) become({ ...session, email: answer.data.me.email });
}

export function expectTheEnd() {
  clearTimeout(timer);
  if (!session?.expiresAt || session.trouble) return;
  const left = new Date(session.expiresAt) - Date.now();
  const end = () => (left > LONGEST_TIMER ? expectTheEnd() : become({ ...session, trouble: "expired" }));
  timer = setTimeout(end, Math.min(Math.max(left, 0), LONGEST_TIMER));
}

const REFRESH = `mutation Refresh($input: RefreshInput) {
  refresh(input: $input) { __typename ... on Refreshed { accessToken expiresAt refreshToken } }
}`;

export async function refresh() {
  const { refreshToken, email } = session;
  const variables = { input: { refreshToken: refreshToken ?? "" } };
  const answer = await unlessUnreachable(fetcher({ query: REFRESH, variables }));
  if (answer?.data && !answer.data.refresh.accessToken) become({ email, trouble: "over" });
}

// Closes the session at the server too. An expired token has to be traded for one that may do that.
export async function signOut() {
  if (session.trouble === "expired") await refresh();
  if (!bearer()) return become(null);
  const answer = await unlessUnreachable(
    ask({ query: "mutation Logout { logout { sessionId } }" }, { headers: { Authorization: bearer() } }),
  );
  if (answer) become(null);
}

async function unlessUnreachable(asked) {
  try {
    return await asked;
  } catch {
    become({ ...session, trouble: "unreachable" });
  }
}
