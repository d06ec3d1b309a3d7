import type { ChangeResource } from "#faces/api/contract";
import { TideGauge } from "../../ui/tide-gauge.tsx";
import { changeStates } from "../../ui/state.ts";
import { useNow } from "../../ui/when.tsx";
import { stateSentence } from "./state-sentence.ts";

/** The whole state in one sentence, told again by a screen reader when it changes. */
export function Sentence({ change }: { readonly change: ChangeResource }) {
  const { tone, percent, now, next } = stateSentence(change, useNow());
  return (
    <div className="sentence" role="status">
      <TideGauge
        percent={percent}
        tone={tone}
        size="l"
        ended={change.finishedAt === undefined ? undefined : changeStates[change.standing].mark}
      />
      <div>
        <p className="sentence-now">{now}</p>
        {next === undefined ? null : (
          <p className="sentence-next" dir="auto">
            {next}
          </p>
        )}
      </div>
    </div>
  );
}
