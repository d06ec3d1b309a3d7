/** The two ways in which a call fails: the API said no, or nobody answered. */
import type { ProblemResource } from "#faces/api/contract";

/** The API's own words about why not, as a problem of RFC 9457. */
export class Refused extends Error {
  readonly problem: Pick<ProblemResource, "title" | "status" | "detail" | "next"> & {
    readonly code: string;
    readonly type?: string;
    readonly instance?: string;
  };

  constructor(problem: Refused["problem"]) {
    super(problem.detail);
    this.name = "Refused";
    this.problem = problem;
  }

  /** Reads the problem; an answer that holds none (a proxy's page) becomes one. */
  static async from(response: Response): Promise<Refused> {
    const body: unknown = await response.json().catch(() => undefined);
    if (isProblem(body)) return new Refused(body);
    return new Refused({
      code: "internal",
      title: "The answer was not Tidegate's",
      status: response.status,
      detail: `Status ${response.status} came without an explanation.`,
      next: "If a proxy stands between, look at its log.",
    });
  }
}

/** It was refused to somebody who is not signed in, or not any more. */
export function isStranger(error: unknown): boolean {
  return error instanceof Refused && error.problem.status === 401;
}

/** Nothing answers at the address: the network, or a server that is being started. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("Tidegate does not answer", { cause });
    this.name = "Unreachable";
  }
}

function isProblem(body: unknown): body is Refused["problem"] {
  if (typeof body !== "object" || body === null) return false;
  const wanted = ["code", "title", "detail", "next"] as const;
  return wanted.every((name) => name in body && typeof Reflect.get(body, name) === "string");
}
