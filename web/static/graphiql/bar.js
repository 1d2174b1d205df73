// The bar above GraphiQL: the menu of operations, and who is signed in.
import { changes, refresh, session, signOut } from "./session.js";
import { focusQuery, openOperation } from "./tabs.js";

const menu = document.getElementById("operations");
const who = document.getElementById("who");
const actions = { refresh, "log-in": () => openOperation("LogIn"), "sign-out": signOut };

// What the bar says around the address, and what it offers to do.
const NOBODY = ["Not signed in", "", ["log-in"]];
const SIGNED_IN = ["Signed in as ", "", ["sign-out"]];
const TROUBLE = {
  expired: ["The access token of ", " has expired", ["refresh", "sign-out"]],
  refused: ["The server refuses the token of ", "", ["refresh", "log-in"]],
  over: ["The session of ", " is over", ["log-in"]],
  unreachable: ["The server does not answer ", "", ["refresh", "sign-out"]],
};

function show() {
  const [before, after, offered] = session ? (TROUBLE[session.trouble] ?? SIGNED_IN) : NOBODY;
  const address = document.createElement("strong");
  address.textContent = session?.email ?? "";
  who.replaceChildren(before, address, after);
  who.dataset.mood = session ? (session.trouble ? "warn" : "good") : "";
  for (const name of Object.keys(actions)) document.getElementById(name).hidden = !offered.includes(name);
}

export function startBar() {
  menu.addEventListener("click", ({ target, detail }) => {
    const button = target.closest("button");
    if (!button) return;
    menu.hidePopover();
    openOperation(button.dataset.name);
    if (detail === 0) focusQuery(); // chosen by keyboard: on a phone this would bring up another
  });
  for (const [name, act] of Object.entries(actions)) document.getElementById(name).addEventListener("click", act);
  changes.addEventListener("session", show);
  show();
}
