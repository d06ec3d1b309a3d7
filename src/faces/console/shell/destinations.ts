/** Where one can go: navigation, command palette and keys read it here. */
interface PageOfConsole {
  readonly label: string;
  readonly to: "/" | "/changes" | "/platform" | "/settings/security";
  /** After `g`. */
  readonly key: string;
  readonly isInNavigation: boolean;
}

/** Beside the console, and loaded as a page of its own. */
interface PageBeside {
  readonly label: string;
  readonly href: "/docs";
  readonly key: string;
  readonly isInNavigation: boolean;
}

export type Destination = PageOfConsole | PageBeside;

export const destinations: readonly Destination[] = [
  { label: "Overview", to: "/", key: "o", isInNavigation: true },
  { label: "Changes", to: "/changes", key: "c", isInNavigation: true },
  { label: "Platform", to: "/platform", key: "p", isInNavigation: true },
  { label: "Manual", href: "/docs", key: "m", isInNavigation: true },
  { label: "Security", to: "/settings/security", key: "s", isInNavigation: false },
];
