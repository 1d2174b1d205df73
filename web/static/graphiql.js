// GraphiQL with the way in, from registering to "who am I", laid out in five tabs.
const page = document.getElementById("graphiql");
const { app, mailbox } = page.dataset;

const email = "ann@example.com";
const password = "lantern-orbit-velvet-93";
const bearer = JSON.stringify({ Authorization: "Bearer <paste accessToken here>" }, null, 2);

const operations = [
  [
    `# 1. Run this, then open the letter that comes
#    ${mailbox ? "(Mailbox, above) and follow its link." : "by mail and follow its link."}
#    An address that is taken gets the same answer.
mutation Register($input: RegisterInput!) {
  register(input: $input) {
    __typename
    ... on Registered { email }
    ... on InvalidInput {
      errors { field message }
    }
    ... on TooManyAttempts { retryAfter }
    ... on Problem { message }
  }
}
`,
    { input: { email, password, name: "Ann" } },
  ],
  [
    `# 2. Only if the letter got lost: another one.
mutation ResendConfirmation(
  $input: ResendConfirmationInput!
) {
  resendConfirmation(input: $input) {
    __typename
    ... on ConfirmationSent { email }
    ... on InvalidInput {
      errors { field message }
    }
    ... on TooManyAttempts { retryAfter }
    ... on Problem { message }
  }
}
`,
    { input: { email } },
  ],
  [
    `# 3. What the letter's link does, for a frontend
#    of your own. The token is what follows
#    "token=" in that link.
mutation ConfirmEmail($input: ConfirmEmailInput!) {
  confirmEmail(input: $input) {
    __typename
    ... on EmailConfirmed {
      email
      alreadyConfirmed
    }
    ... on TooManyAttempts { retryAfter }
    ... on Problem { message }
  }
}
`,
    { input: { token: "<paste the token here>" } },
  ],
  [
    `# 4. Log in, and copy the accessToken.
mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoggedIn {
      accessToken
      expiresAt
      refreshToken
      user { id email }
    }
    ... on TooManyAttempts { retryAfter }
    ... on Problem { message }
  }
}
`,
    { input: { email, password } },
  ],
  [
    `# 5. Paste the accessToken into the headers,
#    below, and ask who it belongs to.
query Me {
  me {
    id
    email
    emailConfirmed
    name
    locale
    createdAt
  }
}
`,
  ],
];

const defaultTabs = operations.map(([query, variables]) => ({
  query,
  variables: variables && JSON.stringify(variables, null, 2),
}));

// A name of our own: other projects leave their tabs under the same localhost address.
const storage = GraphiQL.createLocalStorage({ namespace: "postern" });
const keep = storage.setItem;
// Access tokens stay out of the browser's storage. `shouldPersistHeaders` forgets the history.
storage.setItem = (key, value) =>
  keep(key, /queries|favorites/.test(key) ? JSON.stringify(JSON.parse(value), withoutHeaders) : value);

function withoutHeaders(key, value) {
  return key === "headers" ? undefined : value;
}

function storedTabs() {
  try {
    const stored = JSON.parse(storage.getItem("graphiql:tabState"));
    if (stored.tabs[stored.activeTabIndex]) return stored;
  } catch {
    // Never written, or broken: GraphiQL itself would not start with the latter.
  }
  storage.clear();
  return null;
}

// GraphiQL keeps no headers for the next visit, so those of "Me" begin with a hint whenever they are empty.
// Headers that are there are GraphiQL's own business: to hand them back could undo what is being typed.
function toolsFor({ tabs, activeTabIndex }) {
  const { title, headers } = tabs[activeTabIndex];
  return title === "Me" ? { pane: "headers", hint: headers ? undefined : bearer } : { pane: "variables" };
}

function showPane(name) {
  const shown = page.querySelector(".graphiql-editor-tools button.active");
  if (shown && shown.dataset.name !== name) page.querySelector(`button[data-name=${name}]`).click();
}

const stored = storedTabs();
const fetcher = GraphiQL.createFetcher({ url: window.location.pathname });
const plugins = [GraphiQLPluginExplorer.explorerPlugin()];

function Page() {
  const initial = stored ? toolsFor(stored) : { pane: "variables" };
  const [pane, setPane] = React.useState(initial.pane);
  const [hint, setHint] = React.useState(initial.hint);
  // GraphiQL calls this while it renders, when React lets nothing be changed: so the change comes right after.
  const onTabChange = React.useCallback((state) => {
    const tools = toolsFor(state);
    queueMicrotask(() => {
      setPane(tools.pane);
      setHint(tools.hint);
    });
  }, []);
  React.useEffect(() => showPane(pane), [pane]);
  const h = React.createElement;
  return h(
    GraphiQL,
    {
      fetcher,
      plugins,
      storage,
      defaultTabs,
      // GraphiQL shows the first tab without its variables unless it has them here too.
      variables: stored ? undefined : defaultTabs[0].variables,
      headers: hint,
      onTabChange,
      defaultEditorToolsVisibility: true,
      inputValueDeprecation: true,
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    },
    h(
      GraphiQL.Logo,
      null,
      h("span", { className: "postern-name" }, app),
      mailbox && h("a", { className: "postern-mailbox", href: mailbox, target: "_blank" }, "Mailbox"),
    ),
  );
}

ReactDOM.createRoot(page).render(React.createElement(Page));
