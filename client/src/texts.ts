/** What the server cannot say, since it was not reached or not asked. All else it says itself, in the caller's language. */
const TEXTS = {
  en: {
    network: "The server cannot be reached. Please try again.",
    cancelled: "No passkey was chosen.",
    unsupported: "This browser cannot use passkeys here.",
    denied: "You have not logged in there.",
    expired: "That took too long. Please try again.",
    failed: "That did not work. Please try again.",
  },
  de: {
    network: "Der Server ist nicht zu erreichen. Bitte versuchen Sie es noch einmal.",
    cancelled: "Es wurde kein Passkey gewählt.",
    unsupported: "Dieser Browser kann hier keine Passkeys verwenden.",
    denied: "Sie haben sich dort nicht angemeldet.",
    expired: "Das hat zu lange gedauert. Bitte versuchen Sie es noch einmal.",
    failed: "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
  },
  fr: {
    network: "Le serveur est injoignable. Veuillez réessayer.",
    cancelled: "Aucune clé d’accès n’a été choisie.",
    unsupported: "Ce navigateur ne peut pas utiliser de clés d’accès ici.",
    denied: "Vous ne vous êtes pas connecté là-bas.",
    expired: "Cela a pris trop de temps. Veuillez réessayer.",
    failed: "Cela n’a pas fonctionné. Veuillez réessayer.",
  },
};

export type TextKey = keyof typeof TEXTS.en;

/** The sentence in a language, in English where there is none. */
export const textIn = (locale: string | undefined, key: TextKey): string =>
  ((Object.hasOwn(TEXTS, (locale ?? "").slice(0, 2)) && TEXTS[locale!.slice(0, 2) as keyof typeof TEXTS]) || TEXTS.en)[key];
