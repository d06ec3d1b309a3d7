/** What the tables of routes are written with. */
import { z } from "zod";

export const name = z.string().min(1).max(100);
export const words = z.string().trim().max(100);
export const page = (most: number) => z.coerce.number().int().min(1).max(most);
export const seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const ofApp = z.strictObject({ app: name });
export const ofChange = z.strictObject({ change: name });

export const json = { kind: "json", status: 200 } as const;
export const events = { kind: "events", status: 200 } as const;
