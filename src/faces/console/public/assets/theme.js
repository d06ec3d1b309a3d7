// Before the first paint, so that a theme does not flash: a file, since inline scripts are not allowed.
// The console's own theme.ts goes on from here, and knows the same name.
(() => {
  let theme = "system";
  try {
    theme = localStorage.getItem("tidegate-theme") ?? "system";
  } catch {
    // Storage is switched off: the system's theme it is.
  }
  const isDark =
    theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
})();
