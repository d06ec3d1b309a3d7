/**
 * The console: Tidegate in a browser. A single page, served as files by the API's server, that reads the
 * same API as the command line and holds no secret.
 *
 * Leaves to others: what is true (the API says it), who may do it (the API refuses it; here a button only
 * says so beforehand).
 * Invariants: no inline script or style; nothing that a repository, a user or a log controls is ever markup;
 * no state by colour alone; everything by keyboard; what a page knows is a pure `.ts` with a test beside it.
 *
 * To make a page:
 * 1. `pages/NAME/NAME-page.tsx` exports one component. Data: `useSuspenseQuery(ask("GET /api/v1/…", {…}))`,
 *    so that the shell shows loading, error, offline and no-permission states in one way; mutations: `call`.
 * 2. Add it to `router.tsx` with `lazy` (its code is loaded with it) and a `loader` that asks ahead for what it shows
 *    first, and to `consolePages` of the contract, which is what the server answers with this console.
 * 3. Add the entry to `shell/destinations.ts`: navigation and command palette read it there.
 * 4. Draw with what `ui/` has: Page and Section (with "copy as command" and "copy as JSON"), Button, StateWord,
 *    Chip, When (absolute on hover), Took, Empty, tables by the class `table`, `Chart` for time series.
 * 5. State that a link should carry goes to the search parameters of its route.
 * 6. Live: `live/what-changed.ts` says which answers an event makes stale; they are asked for again at once.
 *
 * Read next: router.tsx, shell/shell.tsx, api/ask.ts, then pages/change.
 */
import "./main.tsx";
