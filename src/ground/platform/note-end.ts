/** The last line of an instance's log is ours: how it ended. A program that ends silently says nothing itself. */
import { constants, open } from "node:fs/promises";

const newline = 10;

/** Appends "tidegate: this instance ended: exit code 3", on a line of its own. Never fails: the log may be pruned. */
export async function noteEnd(file: string, exit: string): Promise<void> {
  try {
    await using handle = await open(file, constants.O_RDWR | constants.O_APPEND);
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const isOpen = bytesRead > 0 && buffer[0] !== newline;
    await handle.write(`${isOpen ? "\n" : ""}tidegate: this instance ended: ${exit}\n`);
  } catch {
    // There is no log, or the disk is full: what is told of the exit elsewhere is told all the same.
  }
}
