/** Passkeys: what the API offers goes to the browser, what the browser makes goes back, both as JSON. */

/** Why it did not happen, in words; people change their minds, so that is no error. */
export class PasskeyRefused extends Error {
  constructor(cause: unknown) {
    super(wordsOf(cause), { cause });
    this.name = "PasskeyRefused";
  }
}

interface Offered {
  readonly publicKey: Record<string, unknown>;
}

/** Makes a new passkey; what comes back is for the API. Rejects with `PasskeyRefused`. */
export async function createPasskey({ publicKey }: Offered): Promise<never> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API makes it for exactly this
  const json = publicKey as unknown as PublicKeyCredentialCreationOptionsJSON;
  return await ask(() =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json),
    }),
  );
}

/** Uses a passkey there is. Rejects with `PasskeyRefused`. */
export async function askForPasskey({ publicKey }: Offered): Promise<never> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API makes it for exactly this
  const json = publicKey as unknown as PublicKeyCredentialRequestOptionsJSON;
  return await ask(() =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json),
    }),
  );
}

async function ask(question: () => Promise<Credential | null>): Promise<never> {
  try {
    const credential = await question();
    if (!(credential instanceof PublicKeyCredential)) throw new Error("no passkey was given");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract reads what toJSON gives
    return credential.toJSON() as never;
  } catch (error) {
    throw new PasskeyRefused(error);
  }
}

function wordsOf(cause: unknown): string {
  const name = cause instanceof Error ? cause.name : "";
  const known: Readonly<Record<string, string>> = {
    NotAllowedError: "It was cancelled, or took too long.",
    InvalidStateError: "This device has a passkey for you already.",
    SecurityError:
      "Passkeys work under a name with TLS, or under localhost, and not at this address.",
    NotSupportedError: "This browser or device has no passkeys.",
  };
  return known[name] ?? "The browser did not do it.";
}
