/** What a user has, as far as it can be known from afar. Pure. */
import type { UserPlaceResource } from "#faces/api/contract";

/** Who was put in or out by a link is known to their browser only: a key says what it leads to by itself. */
export function placeSentence({
  isIn,
  release,
  by,
}: Pick<UserPlaceResource, "isIn" | "release" | "by">): string {
  const word = isIn ? "in it" : "not in it";
  const has = release ?? "nothing";
  return by === "everybody"
    ? `${isIn ? "In it" : "Not in it"}: this user has ${has}, as everybody`
    : `By this key alone: ${word}, with ${has}`;
}
