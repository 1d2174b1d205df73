import { usePostern } from "@postern/client/react";
import { Form, sentence, type Say } from "./Form";

export function Register({ say }: { say: Say }) {
  const postern = usePostern();
  async function register({ email = "", password = "" }: Record<string, string>) {
    const result = await postern.register({ email, password });
    switch (result.__typename) {
      case "Registered":
        return say(`We have written to ${result.email}. Its link confirms the address.`);
      case "InvalidInput":
      case "TooManyAttempts":
        return say(sentence(result));
    }
  }
  return (
    <Form submit={register} say={say}>
      <h2>Register</h2>
      <label>Email <input name="email" type="email" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="new-password" required /></label>
      <button>Register</button>
    </Form>
  );
}
