/** The room's files, in a directory that is ours alone: keys are in them. */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { limits } from "./limits.ts";

/** Gives the text; nothing when there is none that can be read, or more of it than a certificate needs. */
export async function readSmall(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, "r");
    const buffer = Buffer.alloc(limits.fileBytesMax + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return bytesRead > limits.fileBytesMax ? undefined : buffer.toString("utf8", 0, bytesRead);
  } catch {
    return undefined;
  }
}

export async function removePrivate(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Replaces a file, 0600, so that a reader sees the old or the new one whole. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    {
      await using file = await open(temporary, "wx", 0o600);
      await file.writeFile(text);
      await file.sync();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}
