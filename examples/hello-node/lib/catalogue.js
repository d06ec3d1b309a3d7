/** What the shop sells; prices in cents. */
export const catalogue = [
  { id: "tide-clock", name: "Tide clock", priceCents: 8900, note: "Knows when to come back." },
  { id: "rope", name: "Rope, 10 m", priceCents: 1450, note: "For mooring, and for swings." },
  { id: "lantern", name: "Harbour lantern", priceCents: 3995, note: "Seen from afar." },
  { id: "mug", name: "Enamel mug", priceCents: 1225, note: "Survives the galley." },
];
