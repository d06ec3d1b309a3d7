/** When a change of configuration takes effect, said before it is made. Pure. */
import type { AppResource } from "#faces/api/contract";

export interface ConfigEffect {
  readonly when: string;
  /** What to say once it was changed; absent: there is nothing to add. */
  readonly done?: string;
  /** Why it cannot be changed now; absent: it can. */
  readonly refusal?: string;
}

type Environment = AppResource["environments"][number];

interface Looked {
  readonly environments: readonly {
    readonly live?: Pick<NonNullable<Environment["live"]>, "number"> | undefined;
    readonly rollout?: Pick<NonNullable<Environment["rollout"]>, "finishedAt"> | undefined;
  }[];
}

/** Code and configuration are one release: while users meet another one, there is none to make a new one of. */
export function configEffect({ environments: [production] }: Looked): ConfigEffect {
  const { live, rollout } = production ?? {};
  if (rollout !== undefined && rollout.finishedAt === undefined) {
    return {
      when: "A change of configuration is a release of its own, and is rolled out like a push.",
      refusal: "a rollout is under way, and configuration can be changed once it has ended",
      done: "The new configuration is being rolled out: users have the old one until the evidence lets it in.",
    };
  }
  if (live === undefined) return { when: "The first release that is delivered gets them." };
  return {
    when:
      `Each change makes a new release of v${live.number} and rolls it out like a push: users get it as the rollout's ` +
      "policy says, and until then the old values hold. Without visitors, somebody has to promote it.",
  };
}
