/** Where one can go: navigation, command palette and keys read it here. */
export interface Destination {
  readonly label: string;
  readonly to: "/" | "/changes" | "/platform" | "/settings/security";
  /** After `g`. */
  readonly key: string;
  readonly isInNavigation: boolean;
}

export const destinations: readonly Destination[] = [
  { label: "Overview", to: "/", key: "o", isInNavigation: true },
  { label: "Changes", to: "/changes", key: "c", isInNavigation: true },
  { label: "Platform", to: "/platform", key: "p", isInNavigation: true },
  { label: "Security", to: "/settings/security", key: "s", isInNavigation: false },
];
