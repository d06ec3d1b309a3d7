/** Bounds of signing in. Each is named with its unit; what happens when it is reached stands beside it. */

/** Argon2id as OWASP recommends it (19 MiB, 2 passes, 1 lane): about 65 ms of a processor. */
export const argon2 = {
  memoryBytes: 19_456 * 1_024,
  passes: 2,
  lanes: 1,
  tagBytes: 32,
  saltBytes: 16,
} as const;
/** Parameters of a stored hash beyond these are not computed: they did not come from here. */
export const argon2Most = { memoryBytes: 262_144 * 1_024, passes: 16, lanes: 8 } as const;
/** Hashes computed at once: each holds its memory, and a thread that files are read by as well. */
export const hashesAtOnceMax = 2;
/** Hashes that wait their turn; one more is told to come back, as when a service is busy. */
export const hashesWaitingMax = 32;
/** How long who found the queue full is asked to wait. */
export const hashBusyMs = 2_000;

export const passwordCharactersMin = 12;
/** In UTF-8; far above any phrase, below what would cost time to hash. */
export const passwordBytesMax = 512;

/** A session that nobody uses ends after this long; each use begins it anew. */
export const sessionIdleMsMax = 24 * 3_600_000;
/** A session ends this long after its sign-in, however it is used. */
export const sessionMsMax = 14 * 86_400_000;
/** The same for one that was opened with a link of this machine. */
export const machineSessionMsMax = 24 * 3_600_000;
/** The last use of a session is written down at most this often: a write waits for all others. */
export const sessionTouchMs = 5 * 60_000;
/** Sessions of one user; to make room, one of the network with the most of them is ended. */
export const sessionsPerUserMax = 20;
/** How long after a sign-in one's passkeys and password may be changed; then: sign in once more. */
export const freshMsMax = 15 * 60_000;
/** What a browser calls itself is kept up to here. */
export const userAgentCharactersMax = 200;

/** A one-time sign-in link lives this long: as long as it takes to open a browser. */
export const linkMsMax = 60_000;
/** Links that nobody has used yet; the next one is refused until some have run out. */
export const linksOpenMax = 20;

export const invitationMsDefault = 7 * 86_400_000;
export const invitationMsMin = 60_000;
export const invitationMsMax = 30 * 86_400_000;
/** Invitations that are open at once. */
export const invitationsOpenMax = 500;

/** From the beginning of a ceremony (a passkey's, a provider's) to its end. */
export const ceremonyMsMax = 10 * 60_000;

export const passkeysPerUserMax = 20;
export const passkeyLabelCharactersMax = 100;

/** Wrong passwords before waiting begins, of one account or one known browser. */
export const freeAttempts = 5;
/** The same for one address, which many people may share. */
export const freeAttemptsPerAddress = 20;
/** The wait after the first attempt that is not free; it doubles with each further one. */
export const firstWaitMs = 2_000;
/** No wait is longer: nobody is shut out for good, by whoever it be. */
export const waitMsMax = 15 * 60_000;
/** Attempts are forgotten when there was none for this long. */
export const attemptMemoryMs = 24 * 3_600_000;
/** Addresses and browsers that are remembered; the one that was quiet for longest is forgotten. */
export const attemptKeysMax = 10_000;
/** Names that belong to nobody share this many counters, so that inventing names takes no memory. */
export const unknownNameCounters = 4_096;

/** Providers an operator can add. */
export const providersMax = 10;
/** For each answer of a provider. */
export const providerTimeoutMs = 10_000;
/** An answer of a provider larger than this is cut off and refused. */
export const providerBytesMax = 1_048_576;
/** What a provider publishes about itself is asked for again after this long. */
export const providerMemoryMs = 10 * 60_000;
/** Providers of which that is kept: all there are, and some that were changed lately. */
export const providersKnownMax = 2 * providersMax;
/** How far a provider's clock may be from ours. */
export const clockToleranceSeconds = 30;
/** Groups of a claim that are looked at. */
export const groupsMax = 200;
