/**
 * The addresses that the console answers in a browser: the server gives its page for exactly these, with or without a
 * slash at the end, and tells everybody else that there is no such page. A test holds the console's own routes against
 * them. `:name` is one segment.
 */
export const consolePaths = [
  "/",
  "/apps/:app",
  "/changes",
  "/changes/:change",
  "/sign-in",
  "/invitations/:invitation",
  "/settings/security",
  "/platform",
] as const;

export type ConsolePath = (typeof consolePaths)[number];
