/** What tests of every room say, and the product does not. */
export { sure } from "./sure.ts";
