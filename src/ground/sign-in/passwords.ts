/** Signing in with name and password, and changing the password. */
import { err, ok, some, type Result } from "#std";
import {
  nobody,
  parseUserName,
  signed,
  type Admitted,
  type Browser,
  type CredentialEnded,
  type DocumentPut,
  type InvalidInput,
  type PasswordChange,
  type PasswordChanged,
  type PasswordRecord,
  type SignedIn,
  type SignInAgain,
  type SignInError,
  type SignInRefused,
  type Stored,
  type TooManySignIns,
  type Unavailable,
  type User,
  type WrongState,
} from "#domain";
import type { Attempt } from "./attempts.ts";
import type { SignInContext } from "./context.ts";
import { requireFresh } from "./fresh.ts";
import { parseNewPassword } from "./password-rules.ts";
import { endingPasskeys } from "./ending-passkeys.ts";
import { endingWaysIn } from "./ending.ts";
import { knownDevice, openSession, originOf } from "./sessions.ts";

const refused: SignInRefused = { code: "sign_in_refused" };

/**
 * Signs in. An unknown name, a user without a password, a disabled one and a wrong password are answered
 * alike, and take as long.
 */
export async function signInWithPassword(
  input: { readonly name: string; readonly password: string },
  browser: Browser,
  context: SignInContext,
): Promise<Result<SignedIn, SignInError>> {
  const user = await userNamed(input.name, context);
  for (let attempt = 0; attempt < attemptsAtOnceMax; attempt += 1) {
    const checked = await checkPassword({ ...input, user }, browser, context);
    if (!checked.ok) return checked;
    if (user === undefined) return err(refused);
    // Written again as it is: with a password that is changed in the same moment, nobody comes in.
    const documents = [await kept(checked.value, input.password, context)];
    const opening = { user, way: "password", browser, batch: { documents } } as const;
    const enter = async () => await openSession(opening, context);
    const opened = await context.people.inTurn(user.id, enter);
    if (opened.ok) return opened;
  }
  return err(refused);
}

/** Sign-ins of the same user in the same moment get in each other's way; then the password is compared again. */
const attemptsAtOnceMax = 5;

/** With today's parameters, while the password is known. That this cannot be done now is no reason to refuse. */
async function kept(
  { stored, isOutdated }: Checked,
  password: string,
  { hasher }: SignInContext,
): Promise<DocumentPut> {
  const hash = isOutdated ? await hasher.hash(password) : undefined;
  const body = hash?.ok === true ? { ...stored.body, hash: hash.value } : stored.body;
  return { kind: "password", id: stored.id, body, ifVersion: stored.version };
}

async function userNamed(name: string, { people }: SignInContext): Promise<User | undefined> {
  const parsed = parseUserName(name.trim().toLowerCase());
  return parsed.ok ? await people.userByName(parsed.value) : undefined;
}

interface Claim {
  readonly name: string;
  readonly user: User | undefined;
  readonly password: string;
}

interface Checked {
  readonly stored: Stored<PasswordRecord>;
  readonly isOutdated: boolean;
}

/** Counts the attempt, then compares; says nothing about which part was wrong. */
async function checkPassword(
  { name, user, password }: Claim,
  browser: Browser,
  context: SignInContext,
): Promise<Result<Checked, SignInRefused | TooManySignIns | Unavailable>> {
  const { attempts, hasher, store, clock } = context;
  const attempt = attemptOf({ name, user }, browser, context);
  const retryAfterMs = attempts.begin(attempt, clock.now());
  if (retryAfterMs > 0) return err({ code: "too_many_sign_ins", retryAfterMs });
  // Looked for also under the name of nobody: what is not there takes as long.
  const stored = await store.get("password", user?.id ?? idOfNobody);
  const verified = await hasher.verify(password, stored?.body.hash);
  if (!verified.ok) {
    // It was not looked at: that is nobody's failure.
    attempts.withdraw(attempt);
    return verified;
  }
  if (!verified.value.isRight || stored === undefined || user?.state === "disabled") {
    tellOfWaiting(attempt, { user, browser }, context);
    return err(refused);
  }
  attempts.succeeded(attempt);
  return ok({ stored, isOutdated: verified.value.isOutdated });
}

function attemptOf(
  { name, user }: Pick<Claim, "name" | "user">,
  browser: Browser,
  { seal }: SignInContext,
): Attempt {
  const device = user === undefined ? undefined : knownDevice(user, browser.device, seal);
  return {
    name: user?.name ?? name,
    isKnownName: user !== undefined,
    address: browser.address,
    ...(device === undefined ? {} : { device }),
  };
}

const idOfNobody = "usr_nobody";

/**
 * Once, when waiting begins: a journal that a stranger can fill at will would be no use to anybody. The answer
 * waits for none of it, because only names of users are told of: what takes longer would say which those are.
 */
function tellOfWaiting(
  attempt: Attempt,
  { user, browser }: { readonly user: User | undefined; readonly browser: Browser },
  { attempts, store, log }: SignInContext,
): void {
  if (user === undefined || !attempts.hasJustBegunToWait(attempt)) return;
  log.warn("sign_in.held_off", { user: user.name, address: browser.address });
  const by = signed({ ...nobody, origin: originOf(browser) });
  const data = { user: user.name };
  store
    .commit({ entries: [{ type: "dev.tidegate.signin.held_off", ...by, data }] })
    .catch((error: unknown) => log.warn("sign_in.held_off_not_written", { error }));
}

type ChangeError =
  | CredentialEnded
  | InvalidInput
  | SignInRefused
  | SignInAgain
  | TooManySignIns
  | Unavailable
  | WrongState;

/**
 * Changes one's own password: with the present one, or, without one, soon after a sign-in. All other sessions
 * end, and the tokens one has made and the passkeys unless they are to stay: whoever knew the old password is out.
 */
export async function changePassword(
  input: PasswordChange,
  { of, browser }: { readonly of: Admitted; readonly browser: Browser },
  context: SignInContext,
): Promise<Result<PasswordChanged, ChangeError>> {
  const { user } = of;
  if (user === undefined) return err(machineHasNone("password"));
  const stored = await context.store.get("password", user.id);
  if (stored === undefined) {
    const fresh = requireFresh(of.session, "set a password", context);
    if (!fresh.ok) return fresh;
  } else {
    const claim = { name: user.name, user, password: input.current ?? "" };
    const checked = await checkPassword(claim, browser, context);
    if (!checked.ok) return checked;
  }
  const record = await newPasswordRecord({ user, password: input.password }, context);
  if (!record.ok) return record;
  // What takes long is behind us: whoever waits for a turn waits for the store only.
  const keeping = async () =>
    await keep({ record: record.value, stored, user, input }, of, context);
  const changed = await context.people.inTurn(user.id, keeping);
  // Somebody signed in or out in between: it is decided again on what is there now.
  return changed === "moved" ? await changePassword(input, { of, browser }, context) : changed;
}

interface Keeping {
  readonly record: PasswordRecord;
  readonly stored: Stored<PasswordRecord> | undefined;
  readonly user: User;
  readonly input: PasswordChange;
}

async function keep(
  { record, stored, user, input }: Keeping,
  of: Admitted,
  context: SignInContext,
): Promise<Result<PasswordChanged, CredentialEnded> | "moved"> {
  const held = await context.people.stillIn(of.actor);
  if (!held.ok) return held;
  // Sign-ins write it again as it is; what counts is that it is the one that was compared.
  const present = await context.store.get("password", user.id);
  if (present?.body.hash !== stored?.body.hash) return "moved";
  const because = "the password was changed";
  const { ended, ...ending } = await endingWaysIn(
    { user, present: of.session, because, by: of.actor, tokens: input.tokens },
    context,
  );
  const passkeys = await passkeysThen({ stored, input }, of, context);
  const data = { user: user.name };
  const changed = { type: "dev.tidegate.password.changed", ...signed(of.actor), data } as const;
  const written = await context.store.commit({
    entries: [changed, ...ending.entries, ...passkeys.entries],
    documents: [
      { kind: "password", id: user.id, body: record, ifVersion: present?.version ?? 0 },
      ...ending.documents,
      ...held.value,
    ],
    removals: [...ending.removals, ...passkeys.removals],
  });
  const passkeysEnded = passkeys.removals.length;
  return written.ok ? ok({ changedAt: record.changedAt, ...ended, passkeysEnded }) : "moved";
}

/**
 * What ends the passkeys that whoever knew the old password can have added. The one by which the present session
 * came in stays as that does; and where there was no password before, they are the ways in there were.
 */
async function passkeysThen(
  { stored, input }: Pick<Keeping, "stored" | "input">,
  { user, session, actor }: Admitted,
  context: SignInContext,
) {
  const isKept = stored === undefined || user === undefined || input.passkeys === "keep";
  if (isKept) return { entries: [], removals: [] };
  const whose = { user: user.id, by: actor, ...some("except", session.passkey) };
  return await endingPasskeys(whose, context);
}

/** A password that may be taken, as it is kept. */
export async function newPasswordRecord(
  { user, password }: { readonly user: User; readonly password: string },
  { hasher, clock }: SignInContext,
): Promise<Result<PasswordRecord, InvalidInput | Unavailable>> {
  const names = [user.name, ...(user.email?.split("@") ?? [])];
  const parsed = parseNewPassword(password, names);
  if (!parsed.ok) return parsed;
  const hash = await hasher.hash(parsed.value);
  return hash.ok ? ok({ user: user.id, hash: hash.value, changedAt: clock.now() }) : hash;
}

/** The machine's own key is a file; it has neither password nor passkeys. */
export function machineHasNone(what: "password" | "passkey"): WrongState {
  return {
    code: "wrong_state",
    what: "session",
    state: `one of this machine, which has no ${what}`,
    next: "Invite yourself as a user, and sign in as that.",
  };
}
