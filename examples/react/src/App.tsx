import { SignedIn, SignedOut, useSession } from "@postern/client/react";
import { useState } from "react";
import { Account } from "./Account";
import { LogIn } from "./LogIn";
import { Register } from "./Register";

export function App() {
  const session = useSession();
  const [message, say] = useState("");
  return (
    <>
      <h1>React</h1>
      <p role="status">{message || { unknown: "One moment …", signedOut: "Nobody is signed in.", signedIn: "Welcome!" }[session.status]}</p>
      <SignedOut>
        <LogIn say={say} />
        <Register say={say} />
      </SignedOut>
      <SignedIn>{session.status === "signedIn" && <Account key={session.userId} say={say} />}</SignedIn>
    </>
  );
}
