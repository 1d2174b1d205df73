// What stands in GraphiQL's tabs, shown or not.
import { filled, learn, operations } from "./operations.js";
import { bearer } from "./session.js";

let editor;
let execution;

// Renders nothing: a component is how one gets hold of GraphiQL's tabs.
export function Tabs() {
  editor = GraphiQL.React.useEditorContext({ nonNull: true });
  execution = GraphiQL.React.useExecutionContext({ nonNull: true });
  React.useEffect(showActiveTab, [editor.activeTabIndex]);
  React.useEffect(() => (editor.variableEditor ? heedAddress() : undefined), [editor.variableEditor]);
  return null;
}

function showActiveTab() {
  document.querySelector(".graphiql-tab-active")?.scrollIntoView({ block: "nearest", inline: "center" });
}

// A link to /graphql#LogIn goes to that operation, once: loaded anew, the page stays where it was left.
function heedAddress() {
  const named = () => {
    const name = window.location.hash.slice(1);
    if (!operations.has(name)) return;
    window.history.replaceState(null, "", window.location.pathname);
    openOperation(name);
  };
  queueMicrotask(named); // as React lets nothing be flushed within an effect
  window.addEventListener("hashchange", named);
  return () => window.removeEventListener("hashchange", named);
}

// GraphiQL has no way to change a tab that is not shown; it reads what stands there as soon as it shows one.
function rewrite(property, pane, change) {
  editor.tabs.forEach((tab, index) => {
    if (index !== editor.activeTabIndex) tab[property] = change(tab[property] ?? "", tab);
  });
  const text = pane.getValue();
  const changed = change(text, editor.tabs[editor.activeTabIndex]);
  if (changed === text) return;
  pane.setValue(changed);
  editor.updateActiveTabValues({ [property]: changed }); // GraphiQL would only do so in a while
}

const SETTLED_MS = 50; // for what is waiting to be drawn

export function withToken(headers, before) {
  try {
    const { Authorization, ...others } = JSON.parse(headers || "{}");
    const kept = Authorization === before ? undefined : Authorization;
    const all = JSON.stringify({ ...others, Authorization: bearer() ?? kept }, null, 2);
    return all === "{}" ? "" : all;
  } catch {
    return headers; // is still being written
  }
}

export function replaceToken(before) {
  rewrite("headers", editor.headerEditor, (headers) => withToken(headers, before));
}

// Fills in what an answer has told, wherever nobody has typed anything else.
export function refill(input, answer) {
  const before = new Map([...operations].map(([name, operation]) => [name, filled(operation)]));
  learn(input, answer);
  rewrite("variables", editor.variableEditor, (variables, { title }) =>
    operations.has(title) && variables === before.get(title) ? filled(operations.get(title)) : variables,
  );
}

// Goes to an operation's tab, a new one if there is none.
export function openOperation(name) {
  execution.stop();
  const index = editor.tabs.findIndex(({ title }) => title === name);
  if (index >= 0) return editor.changeTab(index);
  const query = operations.get(name).query;
  const variables = filled(operations.get(name)) ?? "";
  ReactDOM.flushSync(editor.addTab);
  ReactDOM.flushSync(() => editor.updateActiveTabValues({ query, variables }));
  const write = () => {
    editor.queryEditor.setValue(query);
    editor.variableEditor.setValue(variables);
  };
  write();
  editor.setOperationName(name);
  // Where a change of the tabs was still waiting, React does both again, and GraphiQL begins with an empty editor anew.
  setTimeout(() => {
    if (editor.tabs[editor.activeTabIndex].title === name && !editor.queryEditor.getValue()) write();
  }, SETTLED_MS);
}

export function focusQuery() {
  editor.queryEditor.focus();
}
