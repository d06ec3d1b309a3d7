/** Source to feedback with the time in each: work drawn full, waiting drawn hatched, and both in words. */
import "./story-strip.css";
import { Link } from "@tanstack/react-router";
import { stoppedWord } from "#domain";
import { formatDurationMs } from "#std";
import type { ChangeResource } from "#faces/api/contract";
import { type Shown, stageStates } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { useNow } from "../../ui/when.tsx";
import { type StageTime, stageTimes } from "./story-times.ts";

/** Where each stage is told on this page. */
const places: Readonly<Record<StageTime["stage"]["name"], string>> = {
  source: "diff",
  build: "logs",
  test: "tests",
  assure: "gate",
  rollout: "exposure",
  feedback: "told",
};
const notReached: Shown = { word: "not reached", mark: "dash", tone: "quiet" };
const takenBack: Shown = { word: "taken back", mark: "back", tone: "quiet" };
/** Below this a wait is the machinery's own breath. */
const waitShownMs = 100;

export function StoryStrip({ change }: { readonly change: ChangeResource }) {
  const now = useNow();
  const times = stageTimes(change, now);
  const isOver = change.state !== "delivering" && change.state !== "held";
  return (
    <nav aria-label="The story of this change">
      <ol className="strip">
        {times.map((time) => (
          <li key={time.stage.name} className={`strip-stage strip-${time.stage.state}`}>
            <Link to="." search={true} hash={places[time.stage.name]} className="strip-link">
              <span className="strip-name">{time.stage.name}</span>
              <StateWord state={stateOf(time, change, isOver)} />
              <Times time={time} isOver={isOver} />
              {time.stage.summary === undefined ? null : (
                <span className="strip-summary" dir="auto">
                  {time.stage.summary}
                </span>
              )}
              <Bar time={time} />
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** A stage that a delivery ended before waits for nothing any more. */
function stateOf({ stage }: StageTime, { takenBackBy }: ChangeResource, isOver: boolean): Shown {
  if (isOver && stage.state === "waiting") return notReached;
  const word = stoppedWord(stage, takenBackBy);
  if (word === undefined) return stageStates[stage.state];
  // What let everybody in did well, and is no more.
  return { ...(stage.state === "passed" ? takenBack : stageStates[stage.state]), word };
}

interface TimesProps {
  readonly time: StageTime;
  readonly isOver: boolean;
}

function Times({ time: { stage, workedMs, waitedMs }, isOver }: TimesProps) {
  if (workedMs === undefined) {
    const isToCome = !isOver && stage.state === "waiting";
    return <span className="strip-time soft">{isToCome ? "not yet" : ""}</span>;
  }
  return (
    <span className="strip-time">
      {formatDurationMs(workedMs)}
      {waitedMs < waitShownMs ? null : (
        <span className="soft">
          {" "}
          + <span className="nowrap">{formatDurationMs(waitedMs)} waiting</span>
        </span>
      )}
    </span>
  );
}

/** Shares of work and waiting in this stage's own time. */
function Bar({ time: { stage, workedMs = 0, waitedMs } }: { readonly time: StageTime }) {
  const whole = workedMs + waitedMs;
  const wait = waitedMs < waitShownMs ? 0 : (waitedMs / whole) * 100;
  return (
    <svg className="strip-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect className="strip-bar-empty" width="100" height="4" />
      {stage.startedAt === undefined ? null : (
        <>
          <rect className="strip-bar-work" x={wait} width={100 - wait} height="4" />
          {Array.from({ length: Math.floor(wait / 4) }, (_, index) => (
            <rect key={index} className="strip-bar-wait" x={index * 4} width="2" height="4" />
          ))}
        </>
      )}
    </svg>
  );
}
