const offers = ["postcard", "sticker", "biscuit", "keyring", "map", "pencil", "ribbon"];

/** Draws the offer of a visit. There are ten lots and seven offers. */
export function drawOffer() {
  const lot = Math.floor(Math.random() * 10);
  return offers[lot].toUpperCase();
}
