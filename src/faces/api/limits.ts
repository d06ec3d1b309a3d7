/** Bounds of the API. Each is met with a problem that says so, or ends a stream that can be resumed. */

/** A JSON body. The largest honest one is a configuration of some hundred variables. */
export const bodyBytesMax = 1_048_576;

/** Until it has arrived; git's have longer. */
export const bodyMsMax = 60_000;

/** Header section of one request; Node's own default, spelt out. */
export const headersBytesMax = 16_384;

/** Until the header section has arrived: ends connections that trickle. */
export const headersTimeoutMs = 20_000;

/** Until a whole request has arrived: a large first push over a slow line takes long. */
export const requestTimeoutMs = 30 * 60_000;

/** Streams open at once, over all clients. Each holds a socket and a place in the journal. */
export const streamsMax = 256;
/** Of one user: their pages, in all their browsers. */
export const streamsPerUserMax = 64;

/** Searches through logs at once: each reads a file from end to end. */
export const searchesMax = 8;
export const searchesPerUserMax = 2;
/** After which a search that found no place is asked again. */
export const searchAgainMs = 2_000;

/** Entries, and their characters, kept for all who follow the journal; who is further behind reads it. */
export const fanEntriesMax = 2_000;
export const fanCharsMax = 4_194_304;
/** Entries that one who is behind reads at a time. */
export const fanPageEntries = 200;
/** Sent to a follower in one piece. */
export const fanBatchCharsMax = 65_536;
/** What happens within this time is sent together: nothing for one follower, the most for 200 of them. */
export const fanGatherPerFollowerMs = 0.5;
/** A page shows what happened within 300 ms all the same. */
export const fanGatherMsMax = 100;
/** Entries that were nothing to a follower, after which its place is told. */
export const fanSkippedEntriesMax = 500;
/** Before the journal is read again after a failure. */
export const fanAgainMs = 500;
/** An entry's data on a stream; longer ones, such as reports of many tests, are left out. */
export const streamEntryCharsMax = 8_192;

/** Lines a search names; how many there are in all is said besides. */
export const logHitsMax = 5_000;

/** A silent stream says that it lives this often: below the 30 s after which proxies give up. */
export const heartbeatMs = 15_000;

/** A stream ends after this long; the client comes back with Last-Event-ID and misses nothing. */
export const streamMsMax = 3_600_000;

/** A follower that takes nothing for this long is let go, so that it cannot hold memory. */
export const streamStallMsMax = 30_000;

/** Wrong tokens from one network within the window, before the answer turns into "wait". */
export const failedAttemptsMax = 20;
export const failedAttemptsWindowMs = 60_000;

/** Networks whose failed attempts are remembered; the oldest is forgotten first. */
export const failedAddressesMax = 10_000;

/** What is open when the server closes gets this long to end by itself. */
export const closeGraceMs = 5_000;

/** Connections of SSH: in all, and of those that have not proven a key yet, in all and from one address. */
export const sshConnectionsMax = 256;
export const sshStrangersMax = 64;
export const sshStrangersPerAddressMax = 16;
/** From a connection to a proven key: a person may have to unlock theirs. */
export const sshHandshakeMsMax = 60_000;
/** Keys that one connection may try, and sessions it may have open at a time; OpenSSH's defaults are 6 and 10. */
export const sshKeysTriedMax = 10;
export const sshSessionsMax = 10;
/** Whatever it asks before a key is proven, such as whether there are passwords: a guess at none is cheap, not free. */
export const sshAuthRequestsMax = 40;
/** Sessions over the life of a connection, which the library remembers when nothing was asked for in them. */
export const sshSessionsEverMax = 1_000;
/** A connection without a session is let go after this. */
export const sshIdleMsMax = 10 * 60_000;
/** What waits for the network before git has to, and what a client may send beyond its window. */
export const sshUnsentBytesMax = 1_048_576;
export const sshInboundBytesMax = 8_388_608;

/** How long a browser stays known as one in which somebody has signed in. */
export const deviceCookieMs = 180 * 86_400_000;

/** How long what was begun at the sign-in page may take; what is in the cookie ends by itself as well. */
export const ceremonyCookieMs = 10 * 60_000;

/** Sign-ins with a provider begun or ended from one network within the window; more are told to wait. */
export const providerRequestsMax = 60;
export const providerRequestsWindowMs = 60_000;

/** An open stream looks this often whether who opened it may still be there. */
export const streamCheckMs = 5_000;

/** Of what a client calls itself, so much goes into the journal. */
export const userAgentCharactersMax = 200;
/** After the last answer on an edge's connection the edge gets this long to end it. */
export const edgeLingerMs = 10_000;
