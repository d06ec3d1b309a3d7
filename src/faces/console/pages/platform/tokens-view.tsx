/** One's own tokens: made, shown once, listed with their last use, and ended. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { TokenResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { FreshOnly } from "../../shell/fresh.tsx";
import { Button } from "../../ui/button.tsx";
import { Command } from "../../ui/copy.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { Question } from "../../ui/question.tsx";
import { WideTable } from "../../ui/wide-table.tsx";
import { When } from "../../ui/when.tsx";
import { Outcome } from "./outcome.tsx";
import { useAct } from "./use-act.ts";

const dayMs = 86_400_000;
const columns = ["For", "May", "Made", "Ends", "Last use", "Act"];

export function TokensView() {
  const { data } = useSuspenseQuery(ask("GET /api/v1/tokens", {}));
  const [asked, setAsked] = useState<TokenResource>();
  return (
    <div className="parts">
      <NewToken known={data.tokens} />
      <Section title="Your tokens" id="tokens" command="tidegate token list" json={data}>
        {data.tokens.length === 0 ? (
          <Empty>You have no token.</Empty>
        ) : (
          <WideTable label="Your tokens" columns={columns}>
            {data.tokens.map((token) => (
              <tr key={token.id}>
                <th scope="row">
                  <bdi>{token.label}</bdi>
                </th>
                <td>{reachWords(token)}</td>
                <td>
                  <When at={token.createdAt} />
                </td>
                <td>{new Date(token.expiresAt).toISOString().slice(0, 10)}</td>
                <td>{token.lastUsedAt === undefined ? "never" : <When at={token.lastUsedAt} />}</td>
                <td>
                  {token.revokedAt === undefined && token.isEnded !== true ? (
                    <Button
                      look="quiet"
                      label={`End ${token.label}`}
                      onPress={() => setAsked(token)}
                    >
                      End
                    </Button>
                  ) : (
                    "ended"
                  )}
                </td>
              </tr>
            ))}
          </WideTable>
        )}
        {asked === undefined ? null : (
          <EndToken token={asked} onClose={() => setAsked(undefined)} />
        )}
      </Section>
    </div>
  );
}

interface EndTokenProps {
  readonly token: TokenResource;
  readonly onClose: () => void;
}

function EndToken({ token, onClose }: EndTokenProps) {
  const act = useAct("DELETE /api/v1/tokens/:token");
  return (
    <Question
      label={`End the token ${token.label}?`}
      does="End it"
      doing="Ending it"
      command={`tidegate token revoke ${token.id}`}
      act={act}
      onDo={() => act.mutate({ params: { token: token.id } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>
        Whatever uses it is refused from then on.{" "}
        {token.lastUsedAt === undefined ? (
          "It was never used."
        ) : (
          <>
            It was last used <When at={token.lastUsedAt} />.
          </>
        )}{" "}
        It cannot be had back; you can make another one.
      </p>
    </Question>
  );
}

function NewToken({ known }: { readonly known: readonly TokenResource[] }) {
  const [label, setLabel] = useState("");
  const [reach, setReach] = useState<"all" | "read">("read");
  const act = useAct("POST /api/v1/tokens");
  const isEnded = known.some(({ id, revokedAt }) => id === act.data?.id && revokedAt !== undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate({ body: { label: label.trim(), reach: { kind: reach }, expiresInMs: 90 * dayMs } });
  };
  return (
    <Section title="A new token" id="new-token" note="it ends by itself after 90 days">
      <FreshOnly toDo="make a token">
        <form className="compare" onSubmit={submit}>
          <label className="field">
            <span className="label">What is it for</span>
            <input
              className="input"
              value={label}
              required
              maxLength={100}
              onChange={({ target }) => setLabel(target.value)}
            />
          </label>
          <label className="field">
            <span className="label">It may</span>
            <select
              className="input"
              value={reach}
              onChange={({ target }) => setReach(target.value === "all" ? "all" : "read")}
            >
              <option value="read">only read</option>
              <option value="all">do all that you may</option>
            </select>
          </label>
          <Button type="submit" look="main" onPress={() => undefined}>
            Make it
          </Button>
        </form>
      </FreshOnly>
      <Outcome error={act.error} />
      {act.data === undefined || isEnded ? null : (
        <Notice tone="good" title="Keep it now. It is shown once." isUrgent>
          <Command text={act.data.text} />
        </Notice>
      )}
    </Section>
  );
}

function reachWords({ reach }: TokenResource): string {
  if (reach.kind === "push") return `push to ${reach.app}`;
  return reach.kind === "all" ? "do all that you may" : "only read";
}
