/** What an authority asks of us at plain http, to see that the name is ours (RFC 8555, section 8.3). */

const prefix = "/.well-known/acme-challenge/";
/** Where authorities that do not speak ACME look for a file; some of them come by https at once. */
const filePrefix = "/.well-known/pki-validation/";
const form = /^[\w-]{1,128}$/;
const answerForm = /^[\w-]{1,128}\.[\w-]{1,128}$/;
const challengesMax = 200;

/** Answers by their tokens. */
export type Challenges = ReadonlyMap<string, string>;

/** Reads the file that the server writes while it asks for a certificate; what has another form is no answer. */
export function parseChallenges(text: string): Challenges {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Map();
  }
  const pairs = Object.entries(Object(value)).slice(0, challengesMax);
  return new Map(
    pairs.flatMap(([token, answer]) =>
      form.test(token) && typeof answer === "string" && answerForm.test(answer)
        ? [[token, answer] as const]
        : [],
    ),
  );
}

/**
 * Whether an authority asks, whichever and for whomever. It is answered by us or by nobody, at plain http and over
 * TLS: an app could prove a name of its own or of the platform's here, and keep a certificate for it.
 */
export function isValidationPath(path: string): boolean {
  return path.startsWith(prefix) || path.startsWith(filePrefix);
}

export function challengeAnswer(challenges: Challenges, path: string): string | undefined {
  return path.startsWith(prefix) ? challenges.get(path.slice(prefix.length)) : undefined;
}
