import type { InputError } from "@postern/client";
import { useState, type FormEvent, type ReactNode } from "react";

export type Say = (message: string) => void;

/** What a result has to say: its own sentence, and one for each input that is not right. */
export const sentence = (result: { message: string; errors?: InputError[] }): string =>
  [result.message, ...(result.errors ?? []).map((error) => error.message)].join(" ");

/** A form that does this with its values once at a time, and says what is broken. */
export function Form({ submit, say, children }: { submit: (values: Record<string, string>) => Promise<void>; say: Say; children: ReactNode }) {
  const [busy, setBusy] = useState(false);
  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    setBusy(true);
    await submit(values).catch((error: Error) => say(error.message));
    setBusy(false);
  }
  return (
    <form onSubmit={send}>
      <fieldset disabled={busy}>{children}</fieldset>
    </form>
  );
}
