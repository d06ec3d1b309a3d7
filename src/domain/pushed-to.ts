/** How git is told to push one branch to another: for words that are typed after us. Pure. */

/** `master:main`; of a branch whose name a shell may take for more than a name, `HEAD:main`. */
export function pushedTo(tracked: string, branch: string): string {
  return `${/^\w[\w./-]*$/.test(branch) ? branch : "HEAD"}:${tracked}`;
}
