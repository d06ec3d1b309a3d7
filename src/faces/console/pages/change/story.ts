/** What a change's journal entries add up to for its page. A fold; what it does not know it passes over. Pure. */
import type { ChangeEventResource } from "#faces/api/contract";
import type { Refusal } from "../../api/why-refused.ts";
import type { EventData, EventType, GateDecision, TestReport } from "#domain";

export interface Exposed {
  readonly at: number;
  /** 0..100. */
  readonly percent: number;
  readonly because: string;
}

export interface Marker {
  readonly at: number;
  readonly label: string;
}

export interface Story {
  readonly lastSeq: number;
  /** Each thing that happened, in the words of the push output. */
  readonly told: readonly {
    readonly seq: number;
    readonly at: number;
    readonly lines: readonly string[];
  }[];
  readonly tests?: { readonly report: TestReport; readonly because?: string };
  readonly testCommand?: string;
  readonly gate?: GateDecision;
  readonly exposures: readonly Exposed[];
  /** Steps, holds and what people asked for: moments worth a line in every graph. */
  readonly markers: readonly Marker[];
  readonly isEnded: boolean;
  /** Why what comes is not told; absent: it is. */
  readonly refusal?: Refusal | undefined;
}

export const storyBegins: Story = {
  lastSeq: 0,
  told: [],
  exposures: [],
  markers: [],
  isEnded: false,
};

const bucketsAPercent = 100;

type Fold<T extends EventType> = (data: EventData[T], at: number) => Partial<Story>;
type Folds = { readonly [T in EventType]?: (story: Story) => Fold<T> };

const folds: Folds = {
  "dev.cdevents.testsuiterun.started": () => (data) => ({ testCommand: data.command }),
  "dev.cdevents.testsuiterun.finished": () => (data) => ({
    tests: {
      report: data.report,
      ...(data.because === undefined ? {} : { because: data.because }),
    },
  }),
  "dev.tidegate.gate.decided": () => (data) => ({ gate: data }),
  "dev.tidegate.rollout.exposure_changed": (story) => (data, at) => ({
    exposures: [
      ...story.exposures,
      { at, percent: data.to / bucketsAPercent, because: data.because },
    ],
  }),
  "dev.tidegate.rollout.step_entered": (story) => (data, at) => ({
    markers: [...story.markers, { at, label: `step ${data.step} of ${data.steps}` }],
  }),
  "dev.tidegate.rollout.held": (story) => (_data, at) => ({
    markers: [...story.markers, { at, label: "held" }],
  }),
  "dev.cdevents.service.published": (story) => (data, at) => ({
    exposures: [...story.exposures, { at, percent: 100, because: data.because }],
    markers: [...story.markers, { at, label: `v${data.number} for everybody` }],
  }),
  "dev.cdevents.service.rolledback": (story) => (data, at) => ({
    exposures: [...story.exposures, { at, percent: 0, because: data.because }],
    markers: [...story.markers, { at, label: `v${data.number} taken away` }],
  }),
  "dev.tidegate.change.taken_back": (story) => (data, at) => ({
    exposures: [...story.exposures, { at, percent: 0, because: data.because }],
    markers: [...story.markers, { at, label: `taken back by ${data.by.name}` }],
  }),
  "dev.tidegate.change.restored": (story) => (data, at) => ({
    exposures: [...story.exposures, { at, percent: 100, because: data.because }],
    markers: [...story.markers, { at, label: `v${data.number} for everybody` }],
  }),
};

/** Adds one event; one that came before is passed over, so that a repeat does no harm. */
export function addEvent(story: Story, { entry, lines }: ChangeEventResource): Story {
  if (entry.seq <= story.lastSeq) return story;
  const told = lines.length === 0 ? [] : [{ seq: entry.seq, at: entry.at, lines }];
  return {
    ...story,
    ...commanded(story, entry),
    ...folded(story, entry),
    lastSeq: entry.seq,
    told: [...story.told, ...told],
  };
}

/** Whoever asked is in the entry's head and not in its data. */
function commanded(
  story: Story,
  { type, at, actor, data }: ChangeEventResource["entry"],
): Partial<Story> {
  if (type !== "dev.tidegate.rollout.commanded") return {};
  const label = `${String(data["command"])} by ${actor}`;
  return { markers: [...story.markers, { at, label }] };
}

function folded(story: Story, { type, at, data }: ChangeEventResource["entry"]): Partial<Story> {
  if (!Object.hasOwn(folds, type)) return {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an entry's data is that of its type
  const fold = folds[type as keyof Folds] as ((story: Story) => Fold<EventType>) | undefined;
  return fold?.(story)(data, at) ?? {};
}
