/**
 * Passkeys (WebAuthn): adding them, signing in with them, and looking after them. The library checks what an
 * authenticator signed; here it is decided for which ceremony, whose it is, and that each is used once.
 */
import type {
  AuthenticationResponseJSON as RequestAnswer,
  RegistrationResponseJSON as CreationAnswer,
} from "@simplewebauthn/server";
import { assert, err, ok, some, type Result } from "#std";
import {
  nobody,
  signed,
  type Actor,
  type Browser,
  type CeremonyBegun,
  type CredentialRefused,
  type DocumentPut,
  type Passkey,
  type PasskeyAnswer,
  type SignedIn,
  type User,
  type UserId,
  type WrongState,
} from "#domain";
import type { SignInContext } from "./context.ts";
import { ceremonyMsMax, passkeyLabelCharactersMax, passkeysPerUserMax } from "./limits.ts";
import { hashOf, shortId } from "./secret.ts";
import { openSession, originOf, usedUp } from "./sessions.ts";

/** Loaded by whoever needs it first: most starts of a server never do, and it takes 27 MB. */
const webAuthn = async () => await import("@simplewebauthn/server");

/** What the beginning of a ceremony knows and its end must fit. */
interface Ceremony {
  readonly challenge: string;
  /** Whose passkey is being made: a user's id, or the id of an invitation. */
  readonly subject?: string;
}
const what = "passkey";

/** The name under which browsers keep passkeys: the host; a bare address has none. */
export function rpIdOf(origin: string): string | undefined {
  const { hostname } = new URL(origin);
  return /^[\d.]+$/.test(hostname) || hostname.startsWith("[") ? undefined : hostname;
}

function namedRp(origin: string): Result<string, WrongState> {
  const rpId = rpIdOf(origin);
  if (rpId !== undefined) return ok(rpId);
  return err({
    code: "wrong_state",
    what: "address of this instance",
    state: "without a name, and passkeys belong to names",
    next: "Use a password, or give this instance a name.",
  });
}

export async function beginPasskeySignIn(
  context: SignInContext,
): Promise<Result<CeremonyBegun, WrongState>> {
  const rpID = namedRp(context.origin);
  if (!rpID.ok) return rpID;
  // Without a list of credentials: whoever asks learns nothing about who has which.
  const { generateAuthenticationOptions } = await webAuthn();
  const options = await generateAuthenticationOptions({
    rpID: rpID.value,
    userVerification: "required",
    timeout: ceremonyMsMax,
  });
  return ok(begun({ purpose: "passkey.sign-in", options }, context));
}

/** Begins to make a passkey for a user, or for whoever accepts an invitation. */
export async function beginPasskeyCreation(
  input: {
    readonly subject: string;
    readonly userName: string;
    readonly existing: readonly Passkey[];
  },
  context: SignInContext,
): Promise<Result<CeremonyBegun, WrongState>> {
  const rpID = namedRp(context.origin);
  if (!rpID.ok) return rpID;
  const { generateRegistrationOptions } = await webAuthn();
  const options = await generateRegistrationOptions({
    rpName: "Tidegate",
    rpID: rpID.value,
    userName: input.userName,
    // A handle that says nothing: authenticators give it to whoever may ask them.
    userID: new Uint8Array(Buffer.from(hashOf(`passkey user ${input.subject}`), "hex")),
    attestationType: "none",
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    excludeCredentials: input.existing.map(({ credentialId }) => ({ id: credentialId })),
    timeout: ceremonyMsMax,
    supportedAlgorithmIDs: algorithms,
  });
  const { subject } = input;
  return ok(begun({ purpose: "passkey.creation", options, subject }, context));
}

/** COSE: EdDSA, ES256, RS256. What authenticators have, and Node without an experiment. */
const algorithms = [-8, -7, -257];

type Purpose = "passkey.sign-in" | "passkey.creation";

interface Begun {
  readonly purpose: Purpose;
  readonly options: { readonly challenge: string };
  readonly subject?: string;
}

function begun(
  { purpose, options, subject }: Begun,
  { seal, clock }: SignInContext,
): CeremonyBegun {
  const ceremony: Ceremony = { challenge: options.challenge, ...some("subject", subject) };
  return { options: { ...options }, ceremony: seal.close(purpose, ceremony, clock.now()) };
}

function ceremonyOf(
  purpose: Purpose,
  { ceremony }: Browser,
  { seal, clock }: SignInContext,
): Result<Ceremony, CredentialRefused> {
  const opened = seal.open(purpose, ceremony, clock.now());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- authenticated: `begun` sealed it
  if (opened !== undefined) return ok(opened as Ceremony);
  return refuse("was asked for in another browser, too long ago, or not at all");
}

/** Marks a ceremony as used, in the same batch as what it gave. */
function spentBy({ challenge }: Ceremony, { clock }: SignInContext): DocumentPut {
  const at = clock.now();
  const id = hashOf(challenge);
  return {
    kind: "spentCeremony",
    id,
    body: { at },
    ifVersion: 0,
    forgetAt: at + 2 * ceremonyMsMax,
  };
}

function refuse(
  why: string,
  next = "Try again from the beginning.",
): Result<never, CredentialRefused> {
  return err({ code: "credential_refused", what, why, next });
}

/** Signs in with a passkey: whose it is follows from it alone. */
export async function signInWithPasskey(
  answer: PasskeyAnswer,
  browser: Browser,
  context: SignInContext,
): Promise<Result<SignedIn, CredentialRefused | WrongState>> {
  const rpId = namedRp(context.origin);
  if (!rpId.ok) return rpId;
  const ceremony = ceremonyOf("passkey.sign-in", browser, context);
  if (!ceremony.ok) return ceremony;
  const stored = await context.store.get("passkey", String(answer["id"]));
  const user = stored === undefined ? undefined : await context.people.user(stored.body.user);
  if (stored === undefined || user?.state !== "active") {
    return refuse(
      "is not known here",
      "Use another one, or your password; an administrator can invite you anew.",
    );
  }
  const { body: passkey, version } = stored;
  const { verifyAuthenticationResponse } = await webAuthn();
  const verified = await attempt(
    async () =>
      await verifyAuthenticationResponse({
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library checks it
        response: answer as unknown as RequestAnswer,
        expectedChallenge: ceremony.value.challenge,
        expectedOrigin: context.origin,
        expectedRPID: rpId.value,
        requireUserVerification: true,
        // Compared below, where a copy is told apart from a forgery.
        credential: {
          id: passkey.credentialId,
          publicKey: new Uint8Array(Buffer.from(passkey.publicKey, "base64url")),
          counter: 0,
        },
      }),
  );
  if (verified === undefined || !verified.verified) {
    return refuse(
      "does not fit this request: it was made for another site, for another request, or is damaged",
    );
  }
  const { newCounter, credentialBackedUp } = verified.authenticationInfo;
  if (isCopy(passkey.counter, newCounter))
    return await refuseCopy({ passkey, user, browser }, context);
  const used: Passkey = {
    ...passkey,
    counter: newCounter,
    isSynced: credentialBackedUp,
    lastUsedAt: context.clock.now(),
  };
  const documents: DocumentPut[] = [
    spentBy(ceremony.value, context),
    { kind: "passkey", id: stored.id, body: used, ifVersion: version },
  ];
  const opening = {
    user,
    way: "passkey",
    passkey: passkey.id,
    browser,
    batch: { documents },
  } as const;
  const enter = async () => await openSession(opening, context);
  const opened = await context.people.inTurn(user.id, enter);
  return opened.ok ? opened : err(usedUp("request for a passkey", "Try again from the beginning."));
}

/** Authenticators that do not count say 0, always; of the others each use says more than the one before. */
export function isCopy(before: number, now: number): boolean {
  return (before > 0 || now > 0) && now <= before;
}

async function refuseCopy(
  {
    passkey,
    user,
    browser,
  }: { readonly passkey: Passkey; readonly user: User; readonly browser: Browser },
  { store, log }: SignInContext,
): Promise<Result<never, CredentialRefused>> {
  log.warn("sign_in.passkey_copied", { user: user.name, passkey: passkey.id });
  const because = "it counts backwards: there is a copy of it";
  const by = signed({ ...nobody, origin: originOf(browser) });
  const data = { user: user.name, passkey: passkey.id, because };
  await store.commit({ entries: [{ type: "dev.tidegate.passkey.refused", ...by, data }] });
  return refuse(
    "counts backwards, as a copy of it would",
    "Sign in another way, remove this passkey under Security, and add a new one.",
  );
}

/** Checks what an authenticator made; gives the passkey, and what marks the ceremony as used. */
export async function createdPasskey(
  input: {
    readonly answer: PasskeyAnswer;
    readonly label: string;
    readonly subject: string;
    readonly user: UserId;
  },
  browser: Browser,
  context: SignInContext,
): Promise<Result<{ readonly passkey: Passkey; readonly spent: DocumentPut }, CredentialRefused>> {
  const ceremony = ceremonyOf("passkey.creation", browser, context);
  if (!ceremony.ok) return ceremony;
  if (ceremony.value.subject !== input.subject) return refuse("was asked for by somebody else");
  const rpId = rpIdOf(context.origin);
  assert(rpId !== undefined, "a creation began under a name");
  const { verifyRegistrationResponse } = await webAuthn();
  const verified = await attempt(
    async () =>
      await verifyRegistrationResponse({
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library checks it
        response: input.answer as unknown as CreationAnswer,
        expectedChallenge: ceremony.value.challenge,
        expectedOrigin: context.origin,
        expectedRPID: rpId,
        requireUserVerification: true,
        supportedAlgorithmIDs: algorithms,
      }),
  );
  if (verified === undefined || !verified.verified) {
    return refuse(
      "does not fit this request: it was made for another site, for another request, or is damaged",
    );
  }
  const { credential, credentialBackedUp } = verified.registrationInfo;
  const passkey: Passkey = {
    id: shortId("pky"),
    user: input.user,
    credentialId: credential.id,
    label: labelOf(input.label),
    publicKey: Buffer.from(credential.publicKey).toString("base64url"),
    counter: credential.counter,
    transports: (credential.transports ?? []).slice(0, 10),
    isSynced: credentialBackedUp,
    rpId,
    createdAt: context.clock.now(),
  };
  return ok({ passkey, spent: spentBy(ceremony.value, context) });
}

/** What the library throws says what did not fit; whoever sent it is told one sentence for all of it. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}

/** A label as it is kept: without control and direction characters, and not without end. */
export const labelOf = (text: string): string =>
  Array.from(text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "").trim())
    .slice(0, passkeyLabelCharactersMax)
    .join("") || "passkey";

/** What writes a new passkey; refused when the authenticator's name for it is taken. */
export function passkeyPut(passkey: Passkey): DocumentPut {
  return {
    kind: "passkey",
    id: passkey.credentialId,
    owner: passkey.user,
    body: passkey,
    ifVersion: 0,
  };
}

export function addedEntry({ id, label }: Passkey, user: User, by: Actor) {
  const data = { user: user.name, passkey: id, label };
  return { type: "dev.tidegate.passkey.added", ...signed(by), data } as const;
}

/** Oldest first. */
export async function passkeysOf(
  user: UserId,
  { store }: Pick<SignInContext, "store">,
): Promise<readonly Passkey[]> {
  const all = await store.list("passkey", { owner: user, limit: 2 * passkeysPerUserMax });
  return all.map(({ body }) => body).toReversed();
}
