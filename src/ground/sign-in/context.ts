/** What every part of this room works with. */
import type { Clock, Log, Newcomers, Store } from "#domain";
import type { Attempts } from "./attempts.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { ProviderClients } from "./provider-client.ts";
import type { Seal } from "./seal.ts";

export interface SignInContext {
  readonly store: Pick<Store, "commit" | "get" | "list">;
  readonly people: Newcomers;
  readonly hasher: PasswordHasher;
  readonly attempts: Attempts;
  readonly seal: Seal;
  readonly providers: ProviderClients;
  readonly clock: Clock;
  readonly log: Log;
  /** Where browsers reach the console: `http://localhost:7420`, without a slash at the end. */
  readonly origin: string;
}
