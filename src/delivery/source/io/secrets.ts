/** Secrets in text, by secretlint. Loaded once, after start: 60 ms that no push should pay. */
import { setImmediate } from "node:timers/promises";
import type { SecretLintCoreConfig } from "@secretlint/types";
import type { SecretFinding } from "../checks.ts";
import { isLocalUrl } from "../local-url.ts";
import { batchTexts, locate, type SourceText, type TextBatch } from "../secret-batches.ts";
import { secretBatchCharsMax } from "../limits.ts";

export interface SecretScanner {
  /**
   * Secrets in these texts, in order; never any part of a secret. Stops before the text it has no
   * time left for: `unscanned` says how many those were.
   */
  scan(
    texts: readonly SourceText[],
    wallMs: number,
  ): Promise<{ readonly secrets: readonly SecretFinding[]; readonly unscanned: number }>;
  /** Loads the rules ahead of the first push. */
  warmUp(): Promise<void>;
}

type Lint = (batch: TextBatch) => Promise<readonly SecretFinding[]>;

export function createSecretScanner(): SecretScanner {
  let loading: Promise<Lint> | undefined;
  const loaded = (): Promise<Lint> => (loading ??= load());
  return {
    async scan(texts, wallMs) {
      const lint = await loaded();
      const deadline = performance.now() + wallMs;
      const secrets: SecretFinding[] = [];
      let scanned = 0;
      for (const batch of batchTexts(texts, secretBatchCharsMax)) {
        if (performance.now() > deadline) break;
        // A turn for everybody else between two batches.
        await setImmediate();
        secrets.push(...(await lint(batch)));
        scanned += batch.parts.length;
      }
      return { secrets, unscanned: texts.length - scanned };
    },
    async warmUp() {
      const lint = await loaded();
      for (const text of ["nothing to see here\n", "nor here\n"]) {
        await lint({ fileName: "warm-up.txt", text, parts: [] });
      }
    },
  };
}

async function load(): Promise<Lint> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ]);
  const config: SecretLintCoreConfig = {
    rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator }],
  };
  return async (batch) => {
    const { fileName, text } = batch;
    const ext = /\.[^.]+$/.exec(fileName)?.[0] ?? "";
    const result = await lintSource({
      source: { filePath: fileName, content: text, ext, contentType: "text" },
      options: { locale: "en", maskSecrets: true, config },
    });
    return result.messages
      .filter(({ severity }) => severity === "error")
      .filter(({ ruleId, range }) => !(isUrlRule(ruleId) && isLocalUrl(text, range)))
      .map(({ ruleId, messageId, loc }) => ({
        ...locate(batch, loc.start.line),
        kind: `${ruleId.replace(/^.*secretlint-rule-/, "")} (${messageId})`,
      }));
  };
}

function isUrlRule(ruleId: string): boolean {
  return /(?:basicauth|database-connection-string)$/.test(ruleId);
}
