/**
 * What an edge finds in the table it begins with and has not reached yet. After a stop of Tidegate or of the
 * machine those instances are gone, and the control plane is about to start others: that is no failure of
 * the app, so it is answered as starting and not counted.
 *
 * A release is awaited until one of its instances was reached, a newer table names a new one (those are
 * ready), or time is up: then whatever is unreachable counts, as ever.
 */
import type { ArmRoute, InstanceId, ReleaseId, RouteTable } from "#domain";
import { limits } from "./limits.ts";

export class Awaited {
  readonly #releases = new Set<ReleaseId>();
  readonly #instances = new Set<InstanceId>();
  #until = 0;

  /** `now` is monotonic. */
  begin(table: RouteTable, now: number): void {
    for (const { release, targets } of armsOf(table)) {
      this.#releases.add(release);
      for (const { instance } of targets) this.#instances.add(instance);
    }
    this.#until = now + limits.startingMsMax;
  }

  has(release: ReleaseId): boolean {
    return this.#releases.size > 0 && this.#releases.has(release);
  }

  reached(release: ReleaseId): void {
    if (this.#releases.size > 0) this.#releases.delete(release);
  }

  /** A newer table came into effect. */
  learn(table: RouteTable): void {
    if (this.#releases.size === 0) return;
    for (const { release, targets } of armsOf(table)) {
      if (targets.some(({ instance }) => !this.#instances.has(instance))) this.reached(release);
    }
  }

  sweep(now: number): void {
    if (now < this.#until) return;
    this.#releases.clear();
    this.#instances.clear();
  }
}

function armsOf({ apps }: RouteTable): readonly ArmRoute[] {
  return apps.flatMap(({ baseline, rollout }) => [
    ...(baseline === undefined ? [] : [baseline]),
    ...(rollout === undefined ? [] : [rollout.candidate]),
  ]);
}
