/** A terminal that nobody sits at: the program is there to be looked at, and says nothing. */
import type { Terminal } from "./terminal.ts";
import { paintFor } from "./render/paint.ts";

const plain = paintFor({ isTerminal: false }, {});

export const silent: Terminal = {
  env: {},
  cwd: "/",
  isRoot: false,
  isInteractive: false,
  paint: plain,
  paintNarration: plain,
  now: () => 0,
  result: () => undefined,
  narrate: () => undefined,
};
