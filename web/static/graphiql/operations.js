// The operations of the menu, and what they are filled in with: examples first, then what the answers tell.
const known = {
  "<email>": "ann@example.com",
  "<password>": "a quiet gate at dusk",
  "<new email>": "ann@new.example.com",
  "<device token>": "",
  "<new password>": "harbour-violin-cactus-58",
};

const buttons = [...document.querySelectorAll("#operations button")];
export const operations = new Map(buttons.map(({ dataset }) => [dataset.name, dataset]));

// An operation's variables; a hint such as "<email>" stays where nothing is known.
export function filled({ variables }) {
  return variables?.replace(/"(<[^">]+>)"/g, (hint, name) => (name in known ? JSON.stringify(known[name]) : hint));
}

// What each answer tells, with the input that was sent.
const lessons = {
  Registered: ({ email }, { password }) => ({ "<email>": email, "<password>": password }),
  LoggedIn: ({ refreshToken, deviceToken }, { email, password }) => ({
    "<email>": email,
    "<password>": password,
    "<refresh token>": refreshToken,
    "<device token>": deviceToken,
  }),
  SecondFactorNeeded: ({ ticket }, { email, password }) => ({ "<email>": email, "<password>": password, "<ticket>": ticket }),
  LoginCodeSent: ({ email, ticket }) => ({ "<email>": email, "<ticket>": ticket }),
  StepUpStarted: ({ ceremony }) => ({ "<ceremony>": ceremony }),
  PasskeyRegistrationStarted: ({ ceremony }) => ({ "<ceremony>": ceremony }),
  PasskeyLoginStarted: ({ ceremony }) => ({ "<ceremony>": ceremony }),
  PasskeyAdded: ({ passkey }) => ({ "<passkey id>": passkey.id }),
  Refreshed: ({ refreshToken }) => ({ "<refresh token>": refreshToken }),
  PasswordChanged: (_, { newPassword }) => ({ "<password>": newPassword }),
  PasswordReset: ({ email }, { newPassword }) => ({ "<email>": email, "<password>": newPassword }),
  EmailChangeRequested: ({ newEmail }) => ({ "<new email>": newEmail }),
  EmailChanged: ({ email }) => ({ "<email>": email }),
  EmailChangeUndone: ({ email }) => ({ "<email>": email }),
};

export function learn(input, { data }) {
  for (const result of Object.values(data ?? {})) {
    remember(lessons[result?.__typename]?.(result, input));
    remember({ "<session id>": result?.sessions?.find(({ current }) => current === false)?.id });
  }
}

export function remember(facts = {}) {
  for (const [name, value] of Object.entries(facts)) if (value) known[name] = value;
}
