/** The mark: two waves, the second an echo of the first. */
export function Wave() {
  return (
    <svg
      className="wave"
      viewBox="0 0 56 32"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="4.5"
      strokeLinecap="round"
    >
      <path d="M3 12c8-10 14-10 22 0s14 10 28-4" />
      <path d="M3 26c8-10 14-10 22 0s14 10 28-4" opacity=".45" />
    </svg>
  );
}
