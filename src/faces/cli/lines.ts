/** The lines of a file of any length, in bounded memory. */
import { createReadStream } from "node:fs";
import { lineCharactersMax } from "./limits.ts";

/** Yields each line without its end; one that is longer than the limit is cut after it. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8" })) {
    const [first = "", ...lines] = String(chunk).split("\n");
    if (rest.length <= lineCharactersMax) rest += first;
    for (const line of lines) {
      yield rest;
      rest = line;
    }
  }
  if (rest !== "") yield rest;
}
