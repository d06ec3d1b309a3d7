import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { call } from "../../api/call.ts";
import { FreshOnly } from "../../shell/fresh.tsx";
import { Button } from "../../ui/button.tsx";
import { FormError } from "../../ui/form-error.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Section } from "../../ui/page.tsx";
import { PasskeysChoice } from "./passkeys-choice.tsx";
import { endedWords, type TokensThen, TokensChoice } from "./tokens-choice.tsx";
import "../sign-in/sign-in-page.css";

/** A new password ends the other sessions, one's tokens and passkeys: whoever knew the old one is out. */
export function PasswordSection({ hasPassword }: { readonly hasPassword: boolean }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [tokens, setTokens] = useState<TokensThen>("end");
  const [passkeys, setPasskeys] = useState<TokensThen>("end");
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: () =>
      call("POST /api/v1/password", {
        body: { password, tokens, passkeys, ...(hasPassword ? { current } : {}) },
      }),
    onSuccess: async () => {
      setCurrent("");
      setPassword("");
      await queries.invalidateQueries();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Section title="Password" id="password">
      <Changing hasPassword={hasPassword}>
        <form className="sign-in" onSubmit={submit}>
          {hasPassword ? (
            <div className="field">
              <label htmlFor="current-password">Present password</label>
              <input
                id="current-password"
                className="input"
                type="password"
                autoComplete="current-password"
                required
                value={current}
                onChange={(event) => setCurrent(event.target.value)}
              />
            </div>
          ) : null}
          <div className="field">
            <label htmlFor="next-password">New password, at least twelve characters</label>
            <input
              id="next-password"
              className="input"
              type="password"
              autoComplete="new-password"
              minLength={12}
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </div>
          <TokensChoice then={tokens} onChange={setTokens} />
          {hasPassword ? <PasskeysChoice then={passkeys} onChange={setPasskeys} /> : null}
          <FormError error={change.error} />
          {change.data === undefined ? null : (
            <Notice
              tone="good"
              title={`The password is changed; ${endedWords(change.data)} ended.`}
            />
          )}
          <div>
            <Button type="submit" onPress={() => undefined}>
              {hasPassword ? "Change the password" : "Set a password"}
            </Button>
          </div>
        </form>
      </Changing>
    </Section>
  );
}

/** Who has a password proves with it that it is they; a first one takes a fresh sign-in. */
function Changing({
  hasPassword,
  children,
}: {
  readonly hasPassword: boolean;
  readonly children: ReactNode;
}) {
  return hasPassword ? children : <FreshOnly toDo="set a password">{children}</FreshOnly>;
}
