/** The ways in: a link from the terminal, a passkey, another account, a password. */
import "./sign-in-page.css";
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { ask } from "../../api/ask.ts";
import { call } from "../../api/call.ts";
import { Wave } from "../../shell/wave.tsx";
import { Button } from "../../ui/button.tsx";
import { Command } from "../../ui/copy.tsx";
import { FormError } from "../../ui/form-error.tsx";
import { Page } from "../../ui/page.tsx";
import { askForPasskey } from "../../ui/passkey.ts";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { data: ways } = useSuspenseQuery(ask("GET /api/v1/session/ways", {}));
  const { return: target = "/" } = route.useSearch();
  const enter = useEnter(target);
  return (
    <Page
      title="Sign in"
      heading={
        <>
          <Wave />
          <h1 tabIndex={-1}>Sign in</h1>
        </>
      }
    >
      <div className="sign-in">
        <LinkInAddress onDone={enter} />
        {ways.hasUsers ? (
          <>
            {ways.hasPasskeys ? <PasskeyWay onDone={enter} /> : null}
            {ways.providers.map(({ name, title, startUrl }) => (
              <a
                key={name}
                className="button"
                href={`${startUrl}?${new URLSearchParams({ return: target })}`}
              >
                Sign in with {title}
              </a>
            ))}
            <PasswordWay onDone={enter} />
          </>
        ) : (
          <p>
            Nobody has been invited yet. In the terminal of the machine where Tidegate runs, this
            opens the console signed in:
          </p>
        )}
        <p className="soft small">On the machine where Tidegate runs:</p>
        <Command text="tidegate open" />
        {ways.passkeysAt === undefined ||
        new URL(ways.passkeysAt).origin === globalThis.location.origin ? null : (
          <p className="soft small">
            Passkeys need an address with a name: <a href={ways.passkeysAt}>{ways.passkeysAt}</a>
          </p>
        )}
      </div>
    </Page>
  );
}

interface WayProps {
  readonly onDone: () => void;
}

/** Everything that was asked as nobody is forgotten. */
function useEnter(target: string): () => void {
  const queries = useQueryClient();
  const router = useRouter();
  return () => {
    void queries.resetQueries();
    router.history.replace(target);
  };
}

/** `tidegate open` puts a link into the part of the address that is never sent, good once and for a minute. */
function LinkInAddress({ onDone }: WayProps) {
  const [link] = useState(() => /^#link=(.+)$/.exec(location.hash)?.[1]);
  const { mutate, error, isPending } = useMutation({
    mutationFn: (secret: string) => call("POST /api/v1/session/link", { body: { link: secret } }),
    onSuccess: onDone,
  });
  useEffect(() => {
    if (link === undefined) return;
    // Not kept in the history, from where it could be copied.
    history.replaceState(history.state, "", location.pathname + location.search);
    mutate(link);
  }, [link, mutate]);
  if (isPending) return <p role="status">Signing you in</p>;
  return <FormError error={error} />;
}

function PasskeyWay({ onDone }: WayProps) {
  const enter = useMutation({
    mutationFn: async () => {
      const offered = await call("POST /api/v1/session/passkey/options", { body: {} });
      const passkey = await askForPasskey(offered);
      return await call("POST /api/v1/session/passkey", { body: { passkey } });
    },
    onSuccess: onDone,
  });
  return (
    <>
      <Button look="main" onPress={() => enter.mutate()}>
        Sign in with a passkey
      </Button>
      <FormError error={enter.error} />
    </>
  );
}

function PasswordWay({ onDone }: WayProps) {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const enter = useMutation({
    mutationFn: () => call("POST /api/v1/session/password", { body: { user, password } }),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  return (
    <form className="sign-in" onSubmit={submit}>
      <div className="field">
        <label htmlFor="user">Name</label>
        <input
          id="user"
          className="input"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor="password">Password</label>
        <input
          id="password"
          className="input"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </div>
      <FormError error={enter.error} />
      <div>
        <Button type="submit" onPress={() => undefined}>
          {enter.isPending ? "Signing in" : "Sign in with a password"}
        </Button>
      </div>
    </form>
  );
}
