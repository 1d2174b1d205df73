// GraphiQL with the whole life of an account in its menu, and the access token in every tab.
import { startBar } from "./graphiql/bar.js";
import { filled, operations, remember } from "./graphiql/operations.js";
import { changes, expectTheEnd, fetcher, session } from "./graphiql/session.js";
import { storage, storedTabs } from "./graphiql/storage.js";
import { Tabs, refill, replaceToken, withToken } from "./graphiql/tabs.js";

const page = document.getElementById("graphiql");
const plugins = [GraphiQLPluginExplorer.explorerPlugin()];
const stored = storedTabs();
const firstGroup = document.querySelectorAll("#operations section:first-child button");
const defaultTabs = [...firstGroup].map(({ dataset }) => ({ query: dataset.query, variables: filled(dataset) }));

// Where an operation of the menu takes no variables, its headers are what there is to see.
function paneFor({ tabs, activeTabIndex }) {
  const operation = operations.get(tabs[activeTabIndex].title);
  return operation && !operation.variables ? "headers" : "variables";
}

function showPane(name) {
  const shown = page.querySelector(".graphiql-editor-tools button.active");
  if (shown && shown.dataset.name !== name) page.querySelector(`button[data-name=${name}]`).click();
}

function heed(setHeaders) {
  changes.addEventListener("answer", ({ detail }) => refill(detail.input, detail.answer));
  changes.addEventListener("session", ({ detail }) => {
    replaceToken(detail.before);
    setHeaders(withToken(""));
  });
  startBar();
  expectTheEnd();
}

function Page() {
  const [pane, setPane] = React.useState(stored ? paneFor(stored) : "variables");
  const [headers, setHeaders] = React.useState(() => withToken(""));
  // GraphiQL calls this while it renders, when React lets nothing be changed: so the change comes right after.
  const onTabChange = React.useCallback((state) => queueMicrotask(() => setPane(paneFor(state))), []);
  React.useEffect(() => showPane(pane), [pane]);
  React.useEffect(() => heed(setHeaders), []);
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
      defaultHeaders: headers,
      onTabChange,
      defaultQuery: "",
      defaultEditorToolsVisibility: true,
      forcedTheme: "system",
      inputValueDeprecation: true,
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    },
    h(GraphiQL.Logo, null, h(Tabs)),
  );
}

remember({ "<refresh token>": session?.refreshToken }); // of before the page was loaded anew
ReactDOM.createRoot(page).render(React.createElement(Page));
