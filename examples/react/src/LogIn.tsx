import { usePostern } from "@postern/client/react";
import { useState } from "react";
import { Form, sentence, type Say } from "./Form";

export function LogIn({ say }: { say: Say }) {
  const postern = usePostern();
  const [needsProof, setNeedsProof] = useState(false);

  async function login({ email = "", password = "" }: Record<string, string>) {
    const result = await postern.login({ email, password });
    setNeedsProof(result.__typename === "SecondFactorNeeded");
    say(result.__typename === "LoggedIn" ? "" : sentence(result));
  }

  async function prove({ totpCode = "", rememberDevice }: Record<string, string>) {
    const result = await postern.completeLogin({ proof: { totpCode }, rememberDevice: rememberDevice === "on" });
    say(result.__typename === "LoggedIn" ? "" : sentence(result));
  }

  if (needsProof) {
    return (
      <Form submit={prove} say={say}>
        <h2>Second factor</h2>
        <label>Code <input name="totpCode" inputMode="numeric" autoComplete="one-time-code" required /></label>
        <label className="choice"><input name="rememberDevice" type="checkbox" /> Not on this device for thirty days</label>
        <button>Go on</button>
        <button type="button" className="quiet" onClick={() => setNeedsProof(false)}>Back</button>
      </Form>
    );
  }
  return (
    <Form submit={login} say={say}>
      <h2>Log in</h2>
      <label>Email <input name="email" type="email" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <button>Log in</button>
    </Form>
  );
}
