/** Text that may be shown on a terminal: what a repository or a build says is never trusted with one. */
import { pushLineCharsMax } from "./limits.ts";

const unsafe =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /\u001b\[[0-9;]{0,16}m|[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One line without control characters and bidirectional overrides; colours stay. Cut when too long. */
export function plainLine(text: string): string {
  const plain = text.replace(unsafe, (found) => (found.length > 1 ? found : "\u{fffd}"));
  return plain.length <= pushLineCharsMax ? plain : `${plain.slice(0, pushLineCharsMax)}…`;
}
