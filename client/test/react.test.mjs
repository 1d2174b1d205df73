// React on a server: nobody is known there, and nobody is asked (in Chromium: examples/react)
import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { createPostern } from "../dist/index.js";
import { SessionProvider, SignedIn, SignedOut, useSession } from "../dist/react.js";

test("a page that is rendered on a server shows what nobody has to be signed in for", () => {
  const postern = createPostern({ url: "http://127.0.0.1:1", transport: "cookie" });
  const Status = () => h("p", null, useSession().status);
  const page = h(SessionProvider, { postern }, h(Status), h(SignedIn, { fallback: "…" }, "secret"), h(SignedOut, null, "log in"));
  assert.equal(renderToString(page), "<p>unknown</p>…");
});

test("without a provider the error says what is missing", () => {
  assert.throws(() => renderToString(h(SignedOut)), /SessionProvider/);
});
