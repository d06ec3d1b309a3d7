/**
 * Delivery: the story from a push to its outcome. `pipeline.ts` is the plot.
 */
export type {
  Actor,
  AppView,
  ChangeView,
  ConfigView,
  Delivery,
  PlatformStatus,
} from "./delivery.ts";
