/**
 * Lets one build at a time into a work directory. The table is the process's, as the directories are:
 * whoever builds the same thing waits, and then finds it done. Between processes the ids of steps and
 * the renames do the same, at the price of a checkout made twice.
 */
import { Turns } from "#std";

const turns = new Turns();

export async function oneAtATime<T>(directory: string, work: () => Promise<T>): Promise<T> {
  return await turns.take(directory, work);
}
