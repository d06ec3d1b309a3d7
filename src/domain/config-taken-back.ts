/**
 * Which configuration a next release gets once one was taken back from users: that of what is live. The version that
 * was taken back stays in history, and to set its variables again is to try it again.
 */
import type { App } from "./app.ts";
import { takenBackWords, type TakenBack } from "./taken-away.ts";

export interface ConfigTakenBack extends TakenBack {
  readonly version: number;
  /** Epoch ms. */
  readonly at: number;
}

/** The app as its users are on configuration `to`. What leads to a newer one brings back what that contains. */
export function appOnConfig(app: App, to: number, why: TakenBack & { readonly at: number }): App {
  const { configVersion: from, configsMade, configTakenBack: before, ...rest } = app;
  if (from === to) return app;
  const made = Math.max(configsMade ?? 0, from);
  const kept = before !== undefined && before.version > to ? before : undefined;
  const takenBack = to < from ? { version: from, ...why } : kept;
  return {
    ...rest,
    configVersion: to,
    ...(made > to ? { configsMade: made } : {}),
    ...(takenBack === undefined ? {} : { configTakenBack: takenBack }),
  };
}

/** The app with a new configuration, which is its newest. */
export function appWithConfig(app: App, version: number): App {
  const { configsMade: _made, configTakenBack: _tried, ...rest } = app;
  return { ...rest, configVersion: version };
}

/** No number is given twice: releases of what was taken back name it. */
export function nextConfigVersion({
  configVersion,
  configsMade = 0,
}: Pick<App, "configVersion" | "configsMade">): number {
  return Math.max(configVersion, configsMade) + 1;
}

/** Gives what to type to have a configuration again that was taken back. */
export function setAgain(app: string): string {
  return `set it again to try it once more: tidegate config set NAME=value --app ${app}`;
}

interface Standing {
  /** What a next release gets; 0: none. */
  readonly version: number;
  /** What users have; absent: nothing is live. */
  readonly live?: number | undefined;
  readonly isRolledOut: boolean;
  readonly takenBack?: (TakenBack & { readonly version: number }) | undefined;
}

/**
 * Renders it as clauses: "version 2, being rolled out; live: version 1"; "none; version 2 was taken back by ana: loses
 * orders". What users have is named where it is another one.
 */
export function configWords({ version, live, isRolledOut, takenBack }: Standing): string {
  const has = version === 0 ? "none" : `version ${version}`;
  const isLive = live === undefined || live === version;
  const way = isRolledOut ? "being rolled out" : "which the next release gets";
  const standing = isLive
    ? has
    : `${has}, ${way}; live: ${live === 0 ? "none" : `version ${live}`}`;
  if (takenBack === undefined) return standing;
  return `${standing}; ${takenBackWords(`version ${takenBack.version}`, takenBack)}`;
}
