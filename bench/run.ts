/**
 * `npm run bench -- NAME [--quick] [--runs N] [--only TEXT]`: runs one bench, prints its tables and keeps them in
 * docs/benchmarks.md. `--quick` takes fewer samples, and the page says so. `all` runs one after the other.
 * `--runs` and `--only` are for benches that simulate; with `--only` nothing is kept.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { badChangeBench } from "./bad-change.ts";
import { cliBench } from "./cli.ts";
import { consoleBench } from "./console/bench.ts";
import { consoleLogsBench } from "./console-logs.ts";
import { deliveriesBench } from "./deliveries.ts";
import { edgeBench } from "./edge.ts";
import { engineBench } from "./engine.ts";
import { type Report, publish } from "./kit/report.ts";
import { killBench } from "./kill.ts";
import { memoryBench } from "./memory.ts";
import { pushBench } from "./push/bench.ts";
import { restartBuildBench } from "./restart-build.ts";
import { rollbackBench } from "./rollback.ts";
import { streamsBench } from "./streams.ts";
import { barsBench, comparisonBench, verdictBench } from "./verdict/bench.ts";

interface Options {
  readonly isQuick: boolean;
  readonly runs?: number;
  readonly only?: string;
}
type Bench = (options: Options) => Promise<Report | readonly Report[]>;

const benches: Readonly<Record<string, Bench>> = {
  push: pushBench,
  rollback: rollbackBench,
  "console-logs": consoleLogsBench,
  deliveries: deliveriesBench,
  edge: edgeBench,
  engine: engineBench,
  badchange: badChangeBench,
  memory: memoryBench,
  cli: cliBench,
  kill: killBench,
  "restart-build": restartBuildBench,
  streams: streamsBench,
  console: consoleBench,
  verdict: verdictBench,
  "verdict-comparison": comparisonBench,
  "verdict-bars": barsBench,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    runs: { type: "string" },
    only: { type: "string" },
  },
});
const runs = values.runs === undefined ? undefined : Number(values.runs);
if (runs !== undefined && !(Number.isSafeInteger(runs) && runs > 0)) {
  console.error(`--runs ${values.runs}: expected a whole number above 0`);
  process.exit(2);
}
const asked = positionals[0] === "all" ? Object.keys(benches) : positionals;
const unknown = asked.find((name) => !(name in benches));
if (asked.length === 0 || unknown !== undefined) {
  const known = Object.keys(benches).join(", ");
  console.error(`usage: npm run bench -- NAME [--quick]; expected one of: ${known}, all`);
  process.exit(2);
}
for (const name of asked) {
  const loadAtStart = loadavg()[0] ?? 0;
  const reports = await benches[name]?.({
    isQuick: values.quick,
    ...(runs === undefined ? {} : { runs }),
    ...(values.only === undefined ? {} : { only: values.only }),
  });
  for (const report of [reports ?? []].flat()) {
    const isKept = values.only === undefined;
    await publish(report, { loadAtStart, isQuick: values.quick, isKept });
  }
}
