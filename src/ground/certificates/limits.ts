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
  /** The first certificate of an authority is waited for this long at a start. */
  acmeFirstMsMax: 90_000,
  /** Asked for anew after this share of its life: of ninety days, a month before the end. */
  acmeLifeRatio: 2 / 3,
  /** `doctor` calls it bad that orders fail when less of its life than this is left. */
  acmeShortLifeRatio: 1 / 9,
  /** After a failed order, and at most; authorities allow a few failures an hour. */
  acmeRetryMs: 60_000,
  acmeRetryMsMax: 6 * 3_600_000,
  /** Between an order and the next one for a name that came later: authorities count orders by the week. */
  acmeNamesMs: 10 * 60_000,
  /** So many in a week, and the next for a name waits longer: Let's Encrypt gives a domain 50. */
  acmeCertificatesFreeMax: 20,
  acmeNamesBusyMs: 6 * 3_600_000,
  acmeWeekMs: 7 * 86_400_000,
  /** Orders one after another, each without the names that were refused in the one before. */
  acmeRoundsMax: 8,
  /** Names in one certificate; Let's Encrypt takes 100. */
  acmeNamesMax: 100,
  /** How often, and how far apart, an authority is asked whether it is done. */
  acmePolls: 12,
  acmePollMsMin: 1_000,
  acmePollMsMax: 10_000,
  /** A name that an authority refused is not asked for again so long: it would fail the order for all. */
  acmeLeftOutMs: 6 * 3_600_000,
  /** Of which the last so many are remembered, and so much of each reason: it may quote a stranger's server. */
  acmeLeftOutNamesMax: 300,
  acmeReasonCharsMax: 300,
  /** Our own questions to the edges, of which so many in a row have to be answered, and for how long. */
  acmeAnswersInARow: 8,
  acmeAnswerMsMax: 15_000,
} as const;
