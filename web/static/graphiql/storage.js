// GraphiQL's localStorage: tabs and history as they were left, but no token, code or password of anybody's.
import { filled, operations } from "./operations.js";

const SECRET = /(\w*(?:password|token|ticket|code)\w*"?\s*:\s*)("""[^]*?(?:"""|$)|"(?:[^"\\\n]|\\.)*"?)/gi;
const examples = [...operations.values()].map(filled).join();

function forgetful(text) {
  return text.replace(SECRET, (all, name, value) => (examples.includes(value) ? all : `${name}""`));
}

function withoutSecrets(key, value) {
  if (key === "headers") return null;
  return typeof value === "string" ? forgetful(value) : value;
}

// A name of our own: other projects leave their tabs under the same localhost address.
export const storage = GraphiQL.createLocalStorage({ namespace: "postern" });
const keep = storage.setItem;
storage.setItem = (key, value) => {
  if (/tabState|queries|favorites/.test(key)) keep(key, JSON.stringify(JSON.parse(value), withoutSecrets));
  else keep(key, /query|variables/.test(key) ? forgetful(value) : value);
};

// The other way round: what is known in this browser tab is filled in again, but never kept.
const found = storage.getItem;
storage.getItem = (key) => {
  const value = found(key);
  if (value && key.endsWith(":tabState")) return JSON.stringify(JSON.parse(value, (name, text) => recalled(text, name)));
  return key.endsWith(":variables") ? variablesOfTab() ?? (value && recalled(value, "variables")) : value;
};

// GraphiQL writes each pane and the tabs in a while, and not at once: a page that is opened between finds the operation
// of one tab beside the variables of another, and would begin with a tab too many.
function variablesOfTab() {
  const query = storage.getItem("graphiql:query");
  const { tabs } = JSON.parse(storage.getItem("graphiql:tabState")) ?? { tabs: [] };
  return tabs.find((tab) => tab.query === query)?.variables;
}

function recalled(text, name) {
  if (name !== "variables") return text;
  return [...operations.values()].map(filled).find((known) => known && forgetful(known) === text) ?? text;
}

export function storedTabs() {
  try {
    const stored = JSON.parse(storage.getItem("graphiql:tabState"));
    if (stored.tabs[stored.activeTabIndex]) return stored;
  } catch {
    // Never written, or broken: GraphiQL itself would not start with the latter.
  }
  storage.clear();
  return null;
}
