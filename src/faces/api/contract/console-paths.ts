/**
 * The addresses that the console answers in a browser: the server gives its page for exactly these, and the
 * console's own routes are compared with them. `*` is one or more further segments.
 */
export const consolePaths = [
  "/",
  "/changes",
  "/changes/*",
  "/apps/*",
  "/platform",
  "/platform/*",
  "/settings/*",
  "/sign-in",
  "/invitations/*",
] as const;

export type ConsolePath = (typeof consolePaths)[number];
