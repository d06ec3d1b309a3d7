/** What has become of a rollout between a question and its answer, in lines. Pure. */
import type { RolloutResource } from "#faces/api/contract";
import { percent, spoken } from "../../ui/words.ts";
import type { PageAction } from "./action-effects.ts";

type Looked = Pick<
  RolloutResource,
  "state" | "stepNumber" | "steps" | "exposurePercent" | "command"
>;

/** `action`: what is asked about; all but an approval tell the present share of users themselves. */
export function whatMoved(seen: Looked, now: Looked, action: PageAction): readonly string[] {
  const lines: string[] = [];
  if (now.state !== seen.state)
    lines.push(`It was ${spoken(seen.state)} and is ${spoken(now.state)}.`);
  if (now.stepNumber !== seen.stepNumber) {
    lines.push(
      `It is in step ${now.stepNumber} of ${now.steps.length}, no longer in ${seen.stepNumber}.`,
    );
  }
  if (action === "approve" && now.exposurePercent !== seen.exposurePercent) {
    lines.push(`Exposure went from ${share(seen)} to ${share(now)} of users.`);
  }
  if (now.command !== undefined && now.command.at !== seen.command?.at) {
    lines.push(`${now.command.by} asked for: ${now.command.kind}.`);
  }
  return lines;
}

function share({ exposurePercent }: Looked): string {
  return percent(exposurePercent / 100);
}
