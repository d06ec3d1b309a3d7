/** An invitation: who asks one in, to do what, and the way in that one chooses for oneself. */
import "../sign-in/sign-in-page.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import type { RouteOutput } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { Failure } from "../../ui/failure.tsx";
import { FormError } from "../../ui/form-error.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Page } from "../../ui/page.tsx";
import { createPasskey } from "../../ui/passkey.ts";
import { When } from "../../ui/when.tsx";

const route = getRouteApi("/invitations/$invitation");

type Read = RouteOutput<"POST /api/v1/invitations/read">;
type Invitation = Extract<Read, { readonly isOpen: true }>;

export function InvitationPage() {
  const { invitation: id } = route.useParams();
  // What follows the `#` is not sent to any server, nor kept by one.
  const [secret] = useState(() => location.hash.slice(1));
  const token = `${id}.${secret}`;
  const found = useQuery({
    queryKey: ["invitation", id],
    queryFn: ({ signal }) => call("POST /api/v1/invitations/read", { body: { token } }, signal),
    retry: false,
    enabled: secret !== "",
  });
  if (secret === "") {
    return <Closed why="has lost its end" next="Open the whole link that you were sent." />;
  }
  if (found.isPending) return <Loading />;
  if (found.data === undefined) return <Failure error={found.error} />;
  if (!found.data.isOpen) return <Closed why={found.data.why} next={found.data.next} />;
  return <Accept invitation={found.data} token={token} />;
}

/** A link that lets nobody in, or no more: what to do instead. */
function Closed({ why, next }: { readonly why: string; readonly next: string }) {
  return (
    <Page title="Invitation">
      <Notice tone="wait" title={`This invitation ${why}.`}>
        <p>{next}</p>
      </Notice>
      <p>
        <Link to="/sign-in">Go to sign-in</Link>
      </p>
    </Page>
  );
}

interface AcceptProps {
  readonly invitation: Invitation;
  readonly token: string;
}

function Accept({ invitation, token }: AcceptProps) {
  const [name, setName] = useState(invitation.name ?? "");
  const [password, setPassword] = useState("");
  const accept = useAccept(token, invitation.name === undefined ? name : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    accept.mutate({ kind: "password", password });
  };
  return (
    <Page title={invitation.isForUser ? "A new way in" : "You are invited"}>
      <Said invitation={invitation} />
      <form className="sign-in" onSubmit={submit}>
        {invitation.name === undefined ? (
          <div className="field">
            <label htmlFor="name">The name by which others will know you</label>
            <input
              id="name"
              className="input"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </div>
        ) : null}
        <Button look="main" onPress={() => accept.mutate({ kind: "passkey" })}>
          Come in with a passkey
        </Button>
        <div className="field">
          <label htmlFor="new-password">Or with a password of at least twelve characters</label>
          <input
            id="new-password"
            className="input"
            type="password"
            autoComplete="new-password"
            minLength={12}
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </div>
        <FormError error={accept.error} />
        <div>
          <Button type="submit" onPress={() => undefined}>
            Come in with a password
          </Button>
        </div>
      </form>
    </Page>
  );
}

function Said({
  invitation: { createdBy, expiresAt, grants, teams, name, isForUser },
}: {
  readonly invitation: Invitation;
}) {
  return (
    <div>
      <p>
        <bdi>{createdBy}</bdi>{" "}
        {isForUser ? "gives you a new way in" : "invites you to this Tidegate"}
        {name === undefined ? (
          "."
        ) : (
          <>
            {" "}
            as{" "}
            <strong>
              <bdi>{name}</bdi>
            </strong>
            .
          </>
        )}{" "}
        It holds until <When at={expiresAt} />.
      </p>
      {isForUser ? (
        <p className="soft">
          Once you have set it, the password, passkeys, sign-ins, tokens and SSH keys that you had
          are over.
        </p>
      ) : null}
      <ul className="row">
        {grants.map(({ role, scope }) => (
          <li key={`${role} ${scope}`} className="chip">
            {role} of <bdi>{scope}</bdi>
          </li>
        ))}
        {teams.map((team) => (
          <li key={team} className="chip">
            team <bdi>{team}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}

type Way = { readonly kind: "password"; readonly password: string } | { readonly kind: "passkey" };

function useAccept(token: string, name: string | undefined) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (way: Way) => {
      const named = name === undefined ? {} : { name };
      const credential = way.kind === "password" ? way : await newPasskey(token, named);
      const body = { token, ...named, credential };
      return await call("POST /api/v1/invitations/accept", { body });
    },
    onSuccess: () => {
      void queries.resetQueries();
      void navigate({ to: "/", replace: true });
    },
  });
}

async function newPasskey(token: string, named: { readonly name?: string }) {
  const body = { token, ...named };
  const offered = await call("POST /api/v1/invitations/passkey-options", { body });
  const passkey = await createPasskey(offered);
  return { kind: "passkey", label: deviceName(), passkey } as const;
}

/** What a passkey is called until its owner says otherwise. */
function deviceName(): string {
  const found = /\((?:X11; )?([^;)]+)/.exec(navigator.userAgent)?.[1];
  return (found ?? "this device").slice(0, 60);
}
