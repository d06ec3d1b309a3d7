/** Secrets in text, by secretlint. Loaded once, on first use: 0.3 s that no start-up should pay. */
import { setImmediate } from "node:timers/promises";
import { type SecretLintCoreConfig } from "@secretlint/types";
import { type SecretFinding } from "../checks.ts";
import { isLocalUrl } from "../local-url.ts";

export interface SecretScanner {
  /** Secrets in one file's text. Never gives any part of a secret. */
  scan(path: string, text: string): Promise<readonly SecretFinding[]>;
  /** Loads the rules ahead of the first push. */
  warmUp(): Promise<void>;
}

type Lint = (path: string, text: string) => Promise<readonly SecretFinding[]>;

export function createSecretScanner(): SecretScanner {
  let loading: Promise<Lint> | undefined;
  const lint = (): Promise<Lint> => (loading ??= load());
  return {
    async scan(path, text) {
      // A turn for everybody else between two files.
      await setImmediate();
      return (await lint())(path, text);
    },
    async warmUp() {
      await (
        await lint()
      )("warm-up.txt", "nothing to see here\n");
    },
  };
}

async function load(): Promise<Lint> {
  const { lintSource } = await import("@secretlint/core");
  const { creator } = await import("@secretlint/secretlint-rule-preset-recommend");
  const config: SecretLintCoreConfig = {
    rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator }],
  };
  return async (path, text) => {
    const result = await lintSource({
      source: { filePath: path, content: text, ext: extensionOf(path), contentType: "text" },
      options: { locale: "en", maskSecrets: true, noPhysicFilePath: true, config },
    });
    return result.messages
      .filter(({ severity }) => severity === "error")
      .filter(({ ruleId, range }) => !(isUrlRule(ruleId) && isLocalUrl(text, range)))
      .map(({ ruleId, messageId, loc }) => ({
        path,
        line: loc.start.line,
        kind: `${ruleId.replace(/^.*secretlint-rule-/, "")} (${messageId})`,
      }));
  };
}

function isUrlRule(ruleId: string): boolean {
  return /(?:basicauth|database-connection-string)$/.test(ruleId);
}

function extensionOf(path: string): string {
  return /\.[^./]+$/.exec(path)?.[0] ?? "";
}
