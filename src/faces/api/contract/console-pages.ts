/**
 * The addresses that the console answers in a browser, and the page at each (`pages/NAME/NAME-page.tsx`): the server
 * gives its document for exactly these, with or without a slash at the end, and tells everybody else that there is no
 * such page. A test holds the console's own routes against them. `:name` is one segment.
 */
export const consolePages = {
  "/": "overview",
  "/apps/:app": "app",
  "/changes": "changes",
  "/changes/:change": "change",
  "/sign-in": "sign-in",
  "/invitations/:invitation": "invitation",
  "/settings/security": "security",
  "/platform": "platform",
} as const;
