/**
 * Compares what npm put in place with what package-lock.json promises. Plain JavaScript for Node 20.
 *
 * @param {string} lock package-lock.json
 * @param {string} installed npm's own record, node_modules/.package-lock.json
 * @returns {string[]} names of packages whose bytes are not the lock's; what is not in the lock counts
 */
export function notAsLocked(lock, installed) {
  const locked = JSON.parse(lock).packages;
  return Object.entries(JSON.parse(installed).packages)
    .filter(([path, { integrity }]) => integrity !== locked[path]?.integrity)
    .map(([path]) => path.replace(/^.*node_modules\//, ""));
}
