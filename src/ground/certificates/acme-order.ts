/** One order at an authority: account, order, answers over plain http, certificate (RFC 8555). */
import { Client, crypto, type Authorization } from "acme-client";
import { consoleHost, type Clock, type PublicAddress } from "#domain";
import type { CertificatePair } from "./check-certificate.ts";
import { readSmall, removePrivate, writePrivate } from "./files.ts";
import type { RefusedName } from "./left-out.ts";
import { limits } from "./limits.ts";

// By name an import reads all of its exports, of which one is a whole HTTP client (decision 0199).
const { request } = process.getBuiltinModule("node:http");

export interface OrderOptions {
  readonly directoryUrl: string;
  readonly email: string;
  readonly names: readonly string[];
  readonly accountKeyFile: string;
  /** Where the edges read what they are to answer. */
  readonly challengesFile: string;
  /** Where the edges answer, as this machine reaches it. */
  readonly answers: { readonly host: string; readonly port: number };
  readonly address: PublicAddress;
  readonly clock: Clock;
}

/** Rejects with the cause when the authority refuses, or does not answer. */
export async function orderCertificate(options: OrderOptions): Promise<CertificatePair> {
  const accountKey = await keyIn(options.accountKeyFile, async () =>
    String(await crypto.createPrivateEcdsaKey("P-256")),
  );
  const client = new Client({
    directoryUrl: options.directoryUrl,
    accountKey,
    backoffAttempts: limits.acmePolls,
    backoffMin: limits.acmePollMsMin,
    backoffMax: limits.acmePollMsMax,
  });
  await client.createAccount({
    termsOfServiceAgreed: true,
    contact: [`mailto:${options.email}`],
  });
  const identifiers = options.names.map((value) => ({ type: "dns", value }));
  const order = await client.createOrder({ identifiers });
  const authorizations = await client.getAuthorizations(order);
  const pending = authorizations.filter(({ status }) => status === "pending");
  const challenges = pending.map(({ challenges: offered, identifier }) => {
    const challenge = offered.find(({ type }) => type === "http-01");
    if (challenge === undefined) throw new Error(`no http-01 for "${identifier.value}"`);
    return { name: identifier.value, challenge };
  });
  try {
    const answers: Record<string, string> = {};
    for (const { challenge } of challenges) {
      answers[challenge.token] = await client.getChallengeKeyAuthorization(challenge);
    }
    await writePrivate(options.challengesFile, `${JSON.stringify(answers)}\n`);
    for (const [token, answer] of Object.entries(answers)) {
      await untilAnswered({ token, answer }, options);
    }
    for (const { challenge } of challenges) await client.completeChallenge(challenge);
    await untilValid(client, challenges);
    const [first] = options.names;
    const [key, csr] = await crypto.createCsr(
      { ...(first === undefined ? {} : { commonName: first }), altNames: [...options.names] },
      await crypto.createPrivateEcdsaKey("P-256"),
    );
    const finished = await client.finalizeOrder(order, csr);
    return { certificate: await client.getCertificate(finished), key: String(key) };
  } finally {
    await removePrivate(options.challengesFile);
  }
}

type Offered = Authorization["challenges"][number];

/** Hears all of them out, so that one order tells of every name that does not lead here. */
async function untilValid(
  client: Client,
  challenges: readonly { readonly name: string; readonly challenge: Offered }[],
): Promise<void> {
  const failed: RefusedName[] = [];
  for (const { name, challenge } of challenges) {
    try {
      await client.waitForValidStatus(challenge);
    } catch (error) {
      failed.push({ name, reason: firstLineOf(error) });
    }
  }
  if (failed.length > 0) throw new NamesRefused(failed);
}

function firstLineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? "";
}

/** The authority has looked at these names, and they did not lead here: each for its own reason. */
export class NamesRefused extends Error {
  readonly failed: readonly RefusedName[];

  constructor(failed: readonly RefusedName[]) {
    super(failed[0]?.reason ?? "no reason was given");
    this.failed = failed;
  }
}

async function keyIn(file: string, make: () => Promise<string>): Promise<string> {
  const known = await readSmall(file);
  if (known !== undefined) return known;
  const made = await make();
  await writePrivate(file, made);
  return made;
}

/**
 * The authority asks a few times at most, and at any of the edges. So each of a run of questions of our own has
 * to be answered before it is told to.
 */
async function untilAnswered(
  { token, answer }: { readonly token: string; readonly answer: string },
  { answers, address, clock }: OrderOptions,
): Promise<void> {
  const path = `/.well-known/acme-challenge/${token}`;
  const until = clock.now() + limits.acmeAnswerMsMax;
  for (let row = 0; row < limits.acmeAnswersInARow;) {
    const isAnswered = (await ask({ ...answers, path, host: consoleHost(address) })) === answer;
    row = isAnswered ? row + 1 : 0;
    if (isAnswered) continue;
    if (clock.now() >= until) {
      throw new Error(`the edge does not answer at port ${answers.port}; it is told in its log`);
    }
    await clock.sleep(limits.openLookMs, new AbortController().signal);
  }
}

interface Question {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

async function ask({
  host,
  ...at
}: Question & { readonly host: string }): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const asked = request(
      { ...at, headers: { host }, agent: false, timeout: limits.knockMsMax },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text = `${text}${piece}`.slice(0, limits.fileBytesMax);
        });
        response.once("end", () => resolve(response.statusCode === 200 ? text : undefined));
      },
    );
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(undefined));
    asked.end();
  });
}
