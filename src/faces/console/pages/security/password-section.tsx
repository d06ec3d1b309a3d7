import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { call } from "../../api/call.ts";
import { FreshOnly } from "../../shell/fresh.tsx";
import { Button } from "../../ui/button.tsx";
import { FormError } from "../../ui/form-error.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Section } from "../../ui/page.tsx";
import { PasskeysChoice } from "./passkeys-choice.tsx";
import type { Then } from "./ending-choice.tsx";
import { endedWords, TokensChoice } from "./tokens-choice.tsx";
import "../sign-in/sign-in-page.css";

interface PasswordFieldProps {
  readonly which: "current" | "new";
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function PasswordField({ which, label, value, onChange }: PasswordFieldProps) {
  const id = `${which}-password`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        type="password"
        autoComplete={id}
        {...(which === "new" ? { minLength: 12 } : {})}
        required
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

/** A new password ends the other sessions, one's tokens and passkeys: whoever knew the old one is out. */
export function PasswordSection({ hasPassword }: { readonly hasPassword: boolean }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [tokens, setTokens] = useState<Then>("end");
  const [passkeys, setPasskeys] = useState<Then>("end");
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
            <PasswordField
              which="current"
              label="Present password"
              value={current}
              onChange={setCurrent}
            />
          ) : null}
          <PasswordField
            which="new"
            label="New password, at least twelve characters"
            value={password}
            onChange={setPassword}
          />
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
