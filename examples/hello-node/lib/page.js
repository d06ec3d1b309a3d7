import { formatCents } from "./totals.js";

const style = `
  :root { color-scheme: light dark; --ink: #12303f; --paper: #f4f8f9; --sea: #1c7c8c; }
  @media (prefers-color-scheme: dark) { :root { --ink: #dbe9ed; --paper: #0e1c22; --sea: #5cc3d0; } }
  body { margin: 0 auto; max-width: 44rem; padding: 2rem 1rem; background: var(--paper);
    color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; }
  h1 { font-weight: 600; letter-spacing: -0.02em; } a { color: var(--sea); }
  ul { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));
    list-style: none; padding: 0; }
  li { border: 1px solid color-mix(in srgb, var(--ink) 20%, transparent); border-radius: 0.75rem;
    padding: 1rem; }
  b { color: var(--sea); }`;

export const welcome = "Good things for days at the water.";

/** Renders the shop window. */
export function page(catalogue) {
  const items = catalogue.map(
    ({ name, priceCents, note }) =>
      `<li><strong>${name}</strong><br>${note}<br><b>${formatCents(priceCents)}</b></li>`,
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>The Harbour Shop</title>
    <style>${style}</style>
  </head>
  <body>
    <h1>The Harbour Shop</h1>
    <p>${welcome}</p>
    <ul>${items.join("")}</ul>
    <p><a href="/cart">Your cart</a> · <a href="/checkout">Check out</a></p>
  </body>
</html>
`;
}
