/** What an authority asks of us at plain http, to see that the name is ours (RFC 8555, section 8.3). */

const prefix = "/.well-known/acme-challenge/";
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
 * Whether an authority asks, whichever and for whomever. It is answered here or not at all: authorities follow to
 * https, where an app could prove a name of its own or of the platform's to one, and keep a certificate for it.
 */
export function isChallengePath(path: string): boolean {
  return path.startsWith(prefix);
}

export function challengeAnswer(challenges: Challenges, path: string): string | undefined {
  return isChallengePath(path) ? challenges.get(path.slice(prefix.length)) : undefined;
}
