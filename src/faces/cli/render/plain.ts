/** What others wrote, for a terminal. */
import { stripVTControlCharacters } from "node:util";

/** Without what could move the cursor of who reads it, or hide what comes after it. Tabs stay. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\t]/gu, "");
}
