/**
 * Every bound of the data plane, with its unit. Reaching one is an answer to the client, a count, or
 * a log event, never a hang.
 */
export const limits = {
  /** Request line and headers together; more is answered with 431. */
  requestHeadBytesMax: 32 * 1024,
  requestHeadersMax: 200,
  /** Bodies stream through and are never held, so this guards the apps, not the edge. */
  requestBodyBytesMax: 1024 ** 3,
  /** A client that has not sent its whole head by then is dribbling (slowloris). */
  requestHeadTimeoutMs: 15_000,
  /** The whole request, body included. */
  requestReceiveTimeoutMs: 900_000,
  clientIdleMs: 65_000,
  clientConnectionsMax: 10_000,
  /** From connecting until TLS is agreed. */
  handshakeTimeoutMs: 10_000,
  /** A door that could not be opened, or a certificate whose coming was missed, is looked for again. */
  doorRetryMs: 5_000,

  /** Requests to the server on their way through one edge; more are told to come again. */
  consoleRequestsMax: 1_000,
  /** Those of one network, which may be a company's or a proxy's: whoever has it does not keep all others out. */
  consoleRequestsPerNetworkMax: 500,

  upstreamConnectionsMax: 256,
  /** Requests that wait for a connection to one instance. */
  upstreamWaitersMax: 1024,
  connectTimeoutMs: 2_000,
  /** Node closes idle connections after 5 s unless told otherwise: be first. */
  upstreamIdleMs: 4_000,
  /** A connection idle for longer may have been closed by the app while our request was on its way. */
  upstreamFreshMs: 1_000,
  responseHeadBytesMax: 64 * 1024,
  responseHeadersMax: 500,
  /** Neither side moved a byte of a body for so long. Long enough for quiet event streams. */
  bodyStallMs: 3_600_000,
  /** A client that takes no byte of what waits for it is gone, or holds our memory on purpose. */
  clientStallMs: 120_000,

  /** Text of a pass in a link; its two names and who made it take some 200. */
  passCharsMax: 2_000,
  /** What the page for a browser's own place is sent. */
  meBodyBytesMax: 4_096,
  /** Links of which it is remembered that the log has them; the one used first is forgotten. */
  mePutsToldMax: 1_000,
  /** A browser that was put somewhere stays there so long, if the rollout lives. */
  handCookieSeconds: 30 * 24 * 3600,

  /** Users remembered per rollout and edge: 9 bytes a slot, at most 9 MiB. */
  usersPerRolloutMax: 500_000,
  /** Cookies whose signature was checked lately; two generations of this many. */
  verifiedCookiesMax: 20_000,
  /** Instances counted one by one in a row; requests to further ones are only in its sums. */
  instancesPerRowMax: 64,
  failuresPerIntervalMax: 3,
  failurePathCharsMax: 200,

  /** Copies under way at one edge; further requests are not mirrored. */
  shadowsMax: 32,
  /** Copies begun between two sweeps: 100 a second, at some 100 us of this process each. */
  shadowsPerSweepMax: 20,
  /** Bytes of both answers that are compared, on average: 10 MB/s; above it copies wait for their turn. */
  shadowBytesPerSweepMax: 2 * 1024 ** 2,
  /** A sweep that comes later than this finds a busy edge: nothing is mirrored until the next. */
  shadowLateMsMax: 50,
  /** For the beginning of either answer, if the app's own time-out is not shorter. */
  shadowTimeoutMsMax: 30_000,
  /** For the rest of both. */
  shadowBodyMsMax: 10_000,
  /** As much of either body is compared. */
  shadowBodyBytesMax: 1024 ** 2,

  intervalMs: 1_000,
  /** One hour of seconds with traffic; beyond it the oldest are dropped, and told as lost. */
  intervalsKeptMax: 3_600,
  /** Kept intervals that are sent and not yet acknowledged. */
  intervalsUnackedMax: 64,
  controlMessageCharsMax: 16 * 1024 ** 2,
  controlConnectionsMax: 8,
  /** sun_path holds 108 bytes with its terminator on Linux, 104 on macOS. */
  socketPathBytesMax: 103,

  /** How long `apply` waits for an edge that should answer. */
  receiptTimeoutMs: 2_000,
  reconnectFirstMs: 50,
  reconnectMaxMs: 1_000,

  /** What the table of an earlier edge names, and cannot be reached, is taken to be starting for so long. */
  startingMsMax: 60_000,
  drainTimeoutMsMax: 3_600_000,
  stopGraceMs: 10_000,
  /** The last counts go to a server that reads; one that does not is not waited for. */
  controlCloseMs: 1_000,
  sweepMs: 200,
} as const;
