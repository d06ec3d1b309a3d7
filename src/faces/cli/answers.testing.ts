/** A server that answers as it is told, and a command line that asks it: for tests of what is said. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { runCommandLine } from "./run.ts";
import { silent } from "./silent.testing.ts";

/** By "GET /api/v1/me": what is answered, as JSON; a value with a `code` is a problem. */
export type Answers = Readonly<Record<string, object>>;

export interface Said {
  readonly exitCode: number;
  readonly result: string;
  readonly narration: string;
  /** What was asked, without the query. */
  readonly asked: readonly string[];
}

/** Gives what the command line says, at an instant of 0, in front of a server with these answers and no others. */
export async function saidBy(words: readonly string[], answers: Answers): Promise<Said> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const key = `${request.method ?? ""} ${(request.url ?? "").replace(/\?.*$/, "")}`;
    asked.push(key);
    const missing = { code: "not_found", detail: `nothing is at ${key}`, next: "tidegate status" };
    const answer = answers[key] ?? missing;
    const isProblem = "code" in answer;
    const type = isProblem ? "application/problem+json" : "application/json";
    response.writeHead(isProblem ? 400 : 200, { "content-type": type });
    response.end(JSON.stringify(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has one
  const { port } = server.address() as AddressInfo;
  const told = { result: "", narration: "" };
  try {
    const exitCode = await runCommandLine(words, {
      ...silent,
      env: { HOME: "/nowhere", TIDEGATE_URL: `http://127.0.0.1:${port}`, TIDEGATE_TOKEN: "t" },
      result: (text) => void (told.result += `${text}\n`),
      narrate: (text) => void (told.narration += `${text}\n`),
    });
    return { exitCode, asked, ...told };
  } finally {
    server.close();
  }
}
