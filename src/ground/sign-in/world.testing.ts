/** A store, people and a clock that is told what time it is: what the tests of this room sign in to. */
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPeople } from "#ground/people";
import { createTestDatabase, silentLog, systemClock } from "#ground/storage/testing";
import type { Result } from "#std";
import {
  machineActor,
  type Actor,
  type Admitted,
  type Batch,
  type Browser,
  type Clock,
  type DocumentKind,
  type JournalEntry,
  type Log,
  type People,
  type SignedIn,
  type SignIn,
  type Store,
} from "#domain";
import { openSignIn } from "./open-sign-in.ts";

export const origin = "http://localhost:7420";
export const browser: Browser = { address: "192.0.2.7", userAgent: "Mozilla/5.0 (test)" };
export const phrase = "correct horse battery staple";
export const otherPhrase = "another phrase that is long";

export interface World extends AsyncDisposable {
  readonly signIn: SignIn;
  readonly people: People;
  /** The same again on the same store, as another process has it: neither waits for the other's turn. */
  readonly elsewhere: Pick<World, "signIn" | "people">;
  readonly store: Store;
  readonly dataDir: string;
  readonly clock: Clock & { advance(ms: number): void };
  /** What was logged, by its name. */
  readonly logged: readonly string[];
  /** A new user with this password, and their first session. */
  newUser(name: string, password?: string): Promise<SignedIn>;
  entries(): Promise<readonly JournalEntry[]>;
  /** Does `act` once, after whatever next puts a document of this kind has read and before it is written. */
  beforeNext(kind: DocumentKind, act: () => Promise<unknown>): void;
  /** Everything that is stored, as text, to look for what must not be there. */
  everything(): Promise<string>;
}

export async function newWorld(at = origin): Promise<World> {
  const database = await createTestDatabase();
  const clock = movedClock();
  const opened = await database.open({ clock });
  const { store, beforeNext } = interruptible(opened);
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-sign-in-"));
  const logged: string[] = [];
  const log: Log = { ...silentLog, warn: (event) => void logged.push(event) };
  const open = async () => {
    const { people, newcomers } = openPeople({ store, clock, log });
    const options = { dataDir, store, people: newcomers, clock, log, origin: at };
    return { people, signIn: await openSignIn(options) };
  };
  const { people, signIn } = await open();
  return {
    signIn,
    people,
    elsewhere: await open(),
    store,
    dataDir,
    clock,
    logged,
    beforeNext,
    async newUser(name, password = phrase) {
      const token = await invited(signIn, name);
      const credential = { kind: "password" as const, password };
      return must(await signIn.accept({ token, credential }, browser));
    },
    entries: async () => await store.entries({ after: 0, limit: 1_000 }),
    async everything() {
      const entries = await store.entries({ after: 0, limit: 1_000 });
      const kinds = [
        "session",
        "password",
        "passkey",
        "invitation",
        "signInLink",
        "provider",
      ] as const;
      const documents = await Promise.all(
        kinds.map(async (kind) => await store.list(kind, { limit: 100 })),
      );
      return JSON.stringify({ entries, documents });
    },
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Two that write at the same moment, in a known order. */
function interruptible(opened: Store): Pick<World, "store" | "beforeNext"> {
  const acts = new Map<DocumentKind, () => Promise<unknown>>();
  const store: Store = {
    ...opened,
    async commit(batch: Batch) {
      for (const { kind } of batch.documents ?? []) {
        const act = acts.get(kind);
        acts.delete(kind);
        await act?.();
      }
      return await opened.commit(batch);
    },
  };
  return { store, beforeNext: (kind, act) => void acts.set(kind, act) };
}

/** Real waiting, and a time of day that moves only when it is told. */
function movedClock(): World["clock"] {
  let now = 1_800_000_000_000;
  return {
    ...systemClock,
    now: () => now,
    advance(ms) {
      now += ms;
    },
  };
}

export async function invited(signIn: SignIn, name?: string, by: Actor = machineActor) {
  const named = name === undefined ? {} : { name };
  const made = await signIn.invite({ note: "", grants: [], teams: [], ...named }, by);
  return must(made).token;
}

export function must<T>(result: Result<T, unknown>): T {
  assert(result.ok, result.ok ? "" : `refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** The code and, where there is one, the reason of a refusal. */
export function refusal(result: Result<unknown, { readonly code: string; readonly why?: string }>) {
  assert(!result.ok, "expected a refusal");
  const { code, why } = result.error;
  return why === undefined ? code : `${code}: ${why}`;
}

export async function admitted(signIn: SignIn, { secret }: SignedIn): Promise<Admitted> {
  const found = await signIn.admit(secret, browser);
  assert(found !== undefined, "expected the session to be live");
  return found;
}
