/** What the workers and the desk act with. */
import type { Keeper, RoutePublisher } from "#delivery/rollout";
import type { DeliveryPorts } from "./ports.ts";

export interface Hands {
  readonly ports: DeliveryPorts;
  readonly routes: RoutePublisher;
  readonly keeper: Keeper;
}
