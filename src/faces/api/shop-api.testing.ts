/** The API over a shop that is a literal, for tests that meet it as a process would. */
import { setTimeout as delay } from "node:timers/promises";
import { machineActor } from "#domain";
import { crewAt } from "./crew.testing.ts";
import { nobodySignsIn } from "./nobody-signs-in.testing.ts";
import { createApi, type Api } from "./create-api.ts";
import { shopToken, type Shop } from "./shop.testing.ts";

export async function shopApi(delivery: Shop): Promise<Api> {
  return createApi({
    delivery,
    people: crewAt(Date.now()),
    git: { handle: async (_request, response) => void response.end() },
    metrics: {
      identityOf: async () => undefined,
      take: async () => ({ status: 200, contentType: "text/plain", body: new Uint8Array() }),
    },
    authenticate: async (token) => (token === shopToken ? machineActor : undefined),
    log: { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} },
    clock: {
      now: () => Date.now(),
      random: () => 0.5,
      sleep: async (ms, signal) => {
        await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
      },
    },
    signIn: nobodySignsIn,
    origin: "http://localhost:7420",
    version: "0.1.0",
  });
}
