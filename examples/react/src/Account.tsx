import type { TotpStarted, User } from "@postern/client";
import { confirmTotp, startTotp } from "@postern/client/operations";
import { usePostern } from "@postern/client/react";
import { useEffect, useState } from "react";
import { Form, sentence, type Say } from "./Form";

export function Account({ say }: { say: Say }) {
  const postern = usePostern();
  const [me, setMe] = useState<User | null>(null);
  const [started, setStarted] = useState<TotpStarted | null>(null);
  const [recoveryCodes, setRecoveryCodes] = useState<string[]>([]);
  const fails = (error: Error) => say(error.message);

  useEffect(() => {
    const controller = new AbortController();
    postern.me({ signal: controller.signal }).then(setMe, (error: Error) => controller.signal.aborted || say(error.message));
    return () => {
      controller.abort();
      say("");
    };
  }, [postern, say]);

  async function setUp() {
    const { startTotp: result } = await postern.request(startTotp, {});
    if (result.__typename === "TotpStarted") setStarted(result);
    else say(sentence(result));
  }

  async function confirm({ code = "" }: Record<string, string>) {
    const { confirmTotp: result } = await postern.request(confirmTotp, { input: { code } });
    if (result.__typename !== "TotpConfirmed") return say(sentence(result));
    setStarted(null);
    setRecoveryCodes(result.recoveryCodes ?? []);
    say("Logins ask for a code from now on. Put the recovery codes away.");
  }

  return (
    <section>
      <h2>Signed in as {me?.email}</h2>
      <button onClick={() => setUp().catch(fails)}>Set up an authenticator app</button>
      {started && (
        <Form submit={confirm} say={say}>
          <img src={started.qrCode} alt="QR code for an authenticator app" width="180" height="180" />
          <p>Or type <code>{started.secret}</code></p>
          <label>Code <input name="code" inputMode="numeric" autoComplete="one-time-code" required /></label>
          <button>Switch it on</button>
        </Form>
      )}
      {recoveryCodes.length > 0 && <pre>{recoveryCodes.join("\n")}</pre>}
      <button className="quiet" onClick={() => postern.logout().catch(fails)}>Log out</button>
    </section>
  );
}
