/** One's own ways in: sessions, passkeys, password, accounts elsewhere, SSH keys. */
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ask } from "../../api/ask.ts";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { Command } from "../../ui/copy.tsx";
import { FormError } from "../../ui/form-error.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Empty, Page, Section } from "../../ui/page.tsx";
import { When } from "../../ui/when.tsx";
import { PasskeySection } from "./passkey-section.tsx";
import { PasswordSection } from "./password-section.tsx";
import { ProviderSection } from "./provider-section.tsx";
import { SshKeySection } from "./ssh-key-section.tsx";
import { PasskeysStay } from "./passkeys-choice.tsx";
import type { Then } from "./ending-choice.tsx";
import { endedWords, TokensChoice } from "./tokens-choice.tsx";

export function SecurityPage() {
  const { data: who } = useSuspenseQuery(ask("GET /api/v1/session", {}));
  const navigate = useNavigate();
  const queries = useQueryClient();
  const leave = useMutation({
    mutationFn: async () => {
      // What is on its way would be refused once the session is over.
      await queries.cancelQueries();
      return await call("DELETE /api/v1/session", {});
    },
    // One stays, and so does what was being asked.
    onError: () => queries.invalidateQueries(),
    onSuccess: () => {
      // First away from what only those who are signed in may see.
      void navigate({ to: "/sign-in" }).then(() => queries.resetQueries());
    },
  });
  return (
    <Page
      title="Security"
      above={
        <>
          Signed in as <bdi>{who.user?.name ?? who.actor}</bdi>
        </>
      }
      beside={
        who.session === undefined ? undefined : (
          <Button onPress={() => leave.mutate()}>Sign out</Button>
        )
      }
    >
      <FormError error={leave.error} />
      {who.user === undefined ? (
        <Empty>
          <p>You came with the key of this machine. Passkeys and passwords belong to users.</p>
          <p>Invite yourself, and open the link that it prints:</p>
          <Command text="tidegate invitation create NAME --role admin" />
        </Empty>
      ) : (
        <>
          <PasskeySection />
          <PasswordSection hasPassword={who.user.hasPassword} />
          <ProviderSection />
          <SshKeySection />
          <SessionSection />
        </>
      )}
    </Page>
  );
}

/** For who thinks that somebody else is in. */
function EndOthers() {
  const [tokens, setTokens] = useState<Then>("end");
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => call("DELETE /api/v1/sessions", { query: { tokens } }),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <div className="stack-tight">
      <TokensChoice then={tokens} onChange={setTokens} />
      <PasskeysStay />
      <div>
        <Button onPress={() => end.mutate()}>End all other sessions</Button>
      </div>
      <FormError error={end.error} />
      {end.data === undefined ? null : (
        <Notice tone="good" title={`${endedWords(end.data)} ended.`} />
      )}
    </div>
  );
}

function SessionSection() {
  const { data } = useSuspenseQuery(ask("GET /api/v1/sessions", {}));
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: (session: string) =>
      call("DELETE /api/v1/sessions/:session", { params: { session } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["GET /api/v1/sessions"] }),
  });
  return (
    <Section title="Sessions" id="sessions" json={data.sessions}>
      <FormError error={end.error} />
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Browser</th>
              <th scope="col">Address</th>
              <th scope="col">Began</th>
              <th scope="col">Last used</th>
              <th scope="col">
                <span className="only-spoken">End</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.sessions.map(({ id, userAgent, address, createdAt, lastUsedAt, isCurrent }) => (
              <tr key={id}>
                <td dir="auto">{userAgent}</td>
                <td>{address}</td>
                <td>
                  <When at={createdAt} />
                </td>
                <td>
                  <When at={lastUsedAt} />
                </td>
                <td className="number">
                  {isCurrent ? (
                    "this one"
                  ) : (
                    <Button
                      look="quiet"
                      onPress={() => end.mutate(id)}
                      label={`End the session of ${address}`}
                    >
                      End
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <EndOthers />
    </Section>
  );
}
