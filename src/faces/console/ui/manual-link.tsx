/** A page of the manual, which this Tidegate serves itself. */
export type ManualPage =
  | "tutorial/1-first-delivery"
  | "how-to/configure-an-app"
  | "how-to/let-people-in"
  | "how-to/promise-availability"
  | "how-to/open-it-to-others"
  | "how-to/roll-back"
  | "how-to/serve-an-app-by-its-own-domain"
  | "how-to/steer-a-rollout"
  | "explanation/verdicts";

interface ManualLinkProps {
  readonly page: ManualPage;
  readonly children: string;
}

export function ManualLink({ page, children }: ManualLinkProps) {
  return <a href={`/docs/${page}`}>{children}</a>;
}
