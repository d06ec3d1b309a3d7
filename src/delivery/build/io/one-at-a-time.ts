/**
 * Lets one build at a time into a work directory. The table is the process's, as the directories are:
 * whoever builds the same thing waits, and then finds it done. Between processes the ids of steps and
 * the renames do the same, at the price of a checkout made twice.
 */
const last = new Map<string, Promise<unknown>>();

export async function oneAtATime<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const before = last.get(directory) ?? Promise.resolve();
  const mine = before.then(work, work);
  last.set(directory, mine);
  try {
    return await mine;
  } finally {
    if (last.get(directory) === mine) last.delete(directory);
  }
}
