/** Around every page: where one is, where one can go, and whether what is shown is live. */
import "./shell.css";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { LiveProvider } from "../live/live.tsx";
import { LiveState } from "../live/live-state.tsx";
import { Loading } from "../ui/loading.tsx";
import { ActionsProvider } from "./actions.tsx";
import { destinations } from "./destinations.ts";
import { KeyHelp } from "./key-help.tsx";
import { useKeys } from "./keys.ts";
import { Palette } from "./palette.tsx";
import { Session } from "./session.tsx";
import { ThemeButton } from "./theme-button.tsx";
import { Wave } from "./wave.tsx";

export function Shell() {
  return (
    <LiveProvider>
      <ActionsProvider>
        <a className="skip" href="#main">
          Skip to the page
        </a>
        <Header />
        <main id="main" tabIndex={-1}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </ActionsProvider>
    </LiveProvider>
  );
}

type Open = "palette" | "keys";

function Header() {
  const [open, setOpen] = useState<Open>();
  const navigate = useNavigate();
  const close = () => setOpen(undefined);
  usePaletteKey(() => setOpen((now) => (now === "palette" ? undefined : "palette")));
  useFocusOnNavigation();
  useKeys({
    "/": () => setOpen("palette"),
    "?": () => setOpen("keys"),
    ...Object.fromEntries(
      destinations.map((one) => [
        `g ${one.key}`,
        "to" in one ? () => void navigate({ to: one.to }) : () => location.assign(one.href),
      ]),
    ),
  });
  return (
    <header className="shell-head">
      <Link to="/" className="shell-mark">
        <Wave />
        <span>Tidegate</span>
      </Link>
      <nav aria-label="Pages" className="shell-nav">
        {destinations
          .filter(({ isInNavigation }) => isInNavigation)
          .map((one) =>
            "to" in one ? (
              <Link
                key={one.to}
                to={one.to}
                activeOptions={{ exact: one.to === "/", includeSearch: false }}
              >
                {one.label}
              </Link>
            ) : (
              <a key={one.href} href={one.href}>
                {one.label}
              </a>
            ),
          )}
      </nav>
      <div className="shell-tools">
        <Session />
        <LiveState />
        <button type="button" className="button shell-search" onClick={() => setOpen("palette")}>
          <svg viewBox="0 0 16 16" aria-hidden="true" className="shell-lens">
            <path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4L14 14" />
          </svg>
          <span>Search</span>
          <kbd>{isApple() ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <ThemeButton />
      </div>
      {open === "palette" ? <Palette onClose={close} onHelp={() => setOpen("keys")} /> : null}
      {open === "keys" ? <KeyHelp onClose={close} /> : null}
    </header>
  );
}

/** Everywhere, also while somebody writes. */
function usePaletteKey(toggle: () => void): void {
  const latest = useRef(toggle);
  useEffect(() => {
    latest.current = toggle;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      latest.current();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** A new page is announced and read from its heading, as if it had been loaded. */
function useFocusOnNavigation(): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const isFirst = useRef(true);
  useEffect(() => {
    if (path === undefined) return;
    if (!isFirst.current) {
      const heading = document.querySelector<HTMLElement>("main h1");
      (heading ?? document.querySelector<HTMLElement>("main"))?.focus({ preventScroll: true });
    }
    isFirst.current = false;
  }, [path]);
}

export function isApple(): boolean {
  return /mac|iphone|ipad/i.test(navigator.userAgent);
}
