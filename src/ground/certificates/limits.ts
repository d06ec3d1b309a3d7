/** Every bound of the room, with its unit. */
export const limits = {
  /** Of a certificate with its chain, and of a key. */
  fileBytesMax: 256 * 1024,
  /** The operator's files, and whether there is an administrator, are looked at this often. */
  lookMs: 5_000,
  /** `doctor` warns when less of its life is left than this, and at the latest this long before its end. */
  lateLifeRatio: 1 / 3,
  lateMsMax: 30 * 86_400_000,
  /** Browsers take none that lives longer. */
  selfSignedLifeMs: 397 * 86_400_000,
  /** An edge that does not answer a handshake by then does not serve. */
  knockMsMax: 3_000,
  /** A start waits so long for the edges to have opened. */
  openMsMax: 10_000,
  openLookMs: 50,
} as const;
