/** What the journal tells of signing in: that something was done, by whom and from where; no secret and no hash. */
import type { Grant, TeamName, UserName } from "./people.ts";
import type { Provider, SignInWay } from "./sign-in.ts";

/** What an operator trusts a provider for. */
export type ProviderTrust = Omit<Provider, "name" | "clientSecret" | "createdAt"> & {
  readonly hasSecret: boolean;
};

export interface SignInEventData {
  /** Somebody signed in; `by` says from where, in all of these. */
  "dev.tidegate.session.started": {
    readonly session: string;
    readonly way: SignInWay;
  };
  "dev.tidegate.session.ended": { readonly sessions: readonly string[]; readonly because: string };
  /** A one-time sign-in link was made with this machine's own token. */
  "dev.tidegate.signin.link_made": { readonly expiresAt: number };
  /** Wrong passwords have made attempts on an account wait. */
  "dev.tidegate.signin.held_off": { readonly user: UserName };
  "dev.tidegate.password.changed": { readonly user: UserName };
  "dev.tidegate.passkey.added": {
    readonly user: UserName;
    readonly passkey: string;
    readonly label: string;
  };
  "dev.tidegate.passkey.renamed": {
    readonly passkey: string;
    readonly from: string;
    readonly to: string;
  };
  "dev.tidegate.passkey.removed": { readonly passkey: string; readonly label: string };
  /** A passkey counted backwards: there is a copy of it. */
  "dev.tidegate.passkey.refused": {
    readonly user: UserName;
    readonly passkey: string;
    readonly because: string;
  };
  "dev.tidegate.invitation.created": {
    readonly invitation: string;
    readonly note: string;
    readonly user?: UserName;
    readonly grants: readonly Grant[];
    readonly teams: readonly TeamName[];
    readonly expiresAt: number;
  };
  "dev.tidegate.invitation.accepted": {
    readonly invitation: string;
    readonly user: UserName;
  };
  "dev.tidegate.invitation.revoked": { readonly invitation: string };
  /** What was trusted before, and what is now; never the secret. */
  "dev.tidegate.provider.changed": {
    readonly provider: string;
    readonly before?: ProviderTrust;
    readonly after?: ProviderTrust;
  };
  "dev.tidegate.identity.linked": {
    readonly user: UserName;
    readonly provider: string;
    readonly subject: string;
  };
}
