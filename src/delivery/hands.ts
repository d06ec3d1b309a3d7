/** What the workers and the desk act with. */
import type { Turns } from "#std";
import type { Keeper, RoutePublisher } from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";

export interface Hands {
  readonly ports: DeliveryPorts;
  readonly routes: RoutePublisher;
  readonly keeper: Keeper;
  /**
   * The beginnings and ends of apps, one at a time for a name: an end that is still clearing away must not
   * take what a new app of that name has just made. In this process alone, as the repositories are.
   */
  readonly lives: Pick<Turns, "take">;
  /** New names of apps' own, one at a time: each is looked at beside all others. */
  readonly names: Pick<Turns, "take">;
}
