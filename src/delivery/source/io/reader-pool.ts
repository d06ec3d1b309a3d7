/** One kept reader per active repository; the least recently used one goes when there are too many. */
import type { AppName } from "#domain";
import { readerIdleMs, readersMax } from "../limits.ts";
import { createObjectReader, type ObjectReader } from "./object-reader.ts";

export interface ReaderPool extends Disposable {
  of(app: AppName): ObjectReader;
  /** The repository went away. */
  close(app: AppName): void;
}

export function createReaderPool(
  envOf: (app: AppName) => Readonly<Record<string, string>>,
): ReaderPool {
  const readers = new Map<AppName, { reader: ObjectReader; timer: NodeJS.Timeout }>();
  const close = (app: AppName): void => {
    const kept = readers.get(app);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    kept.reader[Symbol.dispose]();
    readers.delete(app);
  };
  return {
    of(app) {
      const kept = readers.get(app);
      if (kept?.reader.isOpen === true) {
        // Moved to the end: a Map keeps the order of insertion, so the first is the least used.
        readers.delete(app);
        readers.set(app, kept);
        kept.timer.refresh();
        return kept.reader;
      }
      close(app);
      const oldest = readers.keys().next();
      if (readers.size >= readersMax && oldest.done !== true) close(oldest.value);
      const reader = createObjectReader(envOf(app));
      const timer = setTimeout(() => close(app), readerIdleMs).unref();
      readers.set(app, { reader, timer });
      return reader;
    },
    close,
    [Symbol.dispose]() {
      for (const app of readers.keys()) close(app);
    },
  };
}
