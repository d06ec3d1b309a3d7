/**
 * The hash that puts users into buckets: MurmurHash3 (x86, 32 bit) twice, with two seeds taken from
 * the rollout's salt, so that a user's place in one rollout says nothing about their place in the next.
 *
 * Not cryptographic and need not be: whoever may choose their own key can choose their own cookie too.
 * SHA-1 of node:crypto takes 2.7 us of CPU a user, both hashes here 0.11 us (Node 24, 22-character
 * keys, median of 9 runs on a busy machine of 2 cores).
 */
import { bucketCount, groupCount } from "#domain";

export interface Seeds {
  readonly high: number;
  readonly low: number;
}

/** Two hashes of 32 bits: `high` decides the bucket, both together name the user in counts. */
export interface UserHash {
  readonly high: number;
  readonly low: number;
}

export function seedsOf(salt: string): Seeds {
  return { high: murmur3(salt, 0x9747b28c), low: murmur3(salt, 0x5bd1e995) };
}

export function hashUser(seeds: Seeds, userKey: string): UserHash {
  return { high: murmur3(userKey, seeds.high), low: murmur3(userKey, seeds.low) };
}

/** Gives the bucket, 0..9999. Candidate owns [0, exposure), so a larger exposure only adds users. */
export function bucketOf(hash: UserHash): number {
  return Math.floor((hash.high / 2 ** 32) * bucketCount);
}

/** Gives the group, 0..9: by the other half of the hash, so that every group has users of every bucket. */
export function groupOf(hash: UserHash): number {
  return Math.floor((hash.low / 2 ** 32) * groupCount);
}

export function hexOf(hash: UserHash): string {
  return hash.high.toString(16).padStart(8, "0") + hash.low.toString(16).padStart(8, "0");
}

/** MurmurHash3_x86_32 over 16-bit code units (so that no two strings are confused), unsigned. */
export function murmur3(text: string, seed: number): number {
  let hash = seed | 0;
  const pairs = text.length & ~1;
  for (let index = 0; index < pairs; index += 2) {
    hash ^= scramble(text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (pairs < text.length) hash ^= scramble(text.charCodeAt(pairs));
  hash ^= text.length * 2;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
