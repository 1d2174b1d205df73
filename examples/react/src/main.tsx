import { createPostern } from "@postern/client";
import { SessionProvider } from "@postern/client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./style.css";

const postern = createPostern({ url: "http://127.0.0.1:8000", transport: "cookie" });

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <SessionProvider postern={postern}>
      <App />
    </SessionProvider>
  </StrictMode>,
);
