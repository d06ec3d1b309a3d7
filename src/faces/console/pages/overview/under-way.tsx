import { Link } from "@tanstack/react-router";
import type { OverviewAppResource } from "#faces/api/contract";
import { Section } from "../../ui/page.tsx";
import { changeStates, rolloutStates, verdicts } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { TideGauge } from "../../ui/tide-gauge.tsx";
import { When } from "../../ui/when.tsx";
import { counted, percent } from "../../ui/words.ts";

interface UnderWayProps {
  readonly apps: readonly OverviewAppResource[];
}

/** What moves now, and what waits for a person: those first. */
export function UnderWay({ apps }: UnderWayProps) {
  return (
    <Section title="On its way" id="under-way" command="tidegate status" json={apps}>
      <ul className="under-way">
        {apps.map((app) => (
          <Moving key={app.name} app={app} />
        ))}
      </ul>
    </Section>
  );
}

function Moving({ app: { name, rollout, change } }: { readonly app: OverviewAppResource }) {
  if (change === undefined) return null;
  const state =
    rollout === undefined ? changeStates[change.standing] : rolloutStates[rollout.state];
  const exposure = rollout?.exposurePercent ?? 0;
  return (
    <li>
      <Link
        to="/changes/$change"
        params={{ change: rollout?.change ?? change.id }}
        className="moving"
      >
        <TideGauge percent={exposure} tone={state.tone} size="l" />
        <span className="moving-words">
          <span className="moving-head">
            <bdi className="moving-app">{name}</bdi>
            <StateWord
              state={state}
              word={rollout === undefined ? (change.stage ?? state.word) : state.word}
            />
          </span>
          <bdi className="moving-subject">{change.subject}</bdi>
          <span className="soft small dots">
            {rollout === undefined ? (
              <span>nobody has it yet</span>
            ) : (
              <>
                <span>{percent(exposure / 100)} of users</span>
                <span>{counted(rollout.usersExposed, "user")} met it</span>
                <span>{verdicts[rollout.verdict.kind].word}</span>
              </>
            )}
            <When at={change.receivedAt} />
          </span>
        </span>
      </Link>
    </li>
  );
}
