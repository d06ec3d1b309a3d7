/** Bounds of people. Reaching one is `limit_reached`, which names it. */

/** Users, disabled ones with them: a refusal that names grantors reads them all. */
export const usersMax = 5_000;
export const teamsMax = 500;
/** Teams one user may be in: each is read when they ask for something. */
export const teamsPerUserMax = 20;
export const grantsPerHolderMax = 100;
/** Tokens of one owner that have not ended. */
export const tokensPerOwnerMax = 100;

/** Keys of SSH: of one owner, and in all, since who adds one reads how many there are. */
export const sshKeysPerOwnerMax = 50;
export const sshKeysMax = 20_000;

/** Sessions of one owner that are looked through: more than there can be. */
export const sessionsReadMax = 1_000;

export const tokenMsMin = 60_000;
export const tokenMsMax = 366 * 86_400_000;
export const labelCharactersMax = 100;

/** A token's last use is written down at most this often: a write waits for all others. */
export const touchEveryMs = 5 * 60_000;

/** Of those who could grant something, this many are named. */
export const grantorsNamedMax = 3;

/** Attempts against somebody who writes at the same time, before it is called a fault. */
export const conflictsMax = 20;
