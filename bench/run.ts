/**
 * `npm run bench -- NAME [--quick]`: runs one bench, prints its table and keeps it in
 * docs/benchmarks.md. `--quick` takes fewer samples, and the page says so. `all` runs one after the other.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { badChangeBench } from "./bad-change.ts";
import { deliveriesBench } from "./deliveries.ts";
import { edgeBench } from "./edge.ts";
import { engineBench } from "./engine.ts";
import { type Report, publish } from "./kit/report.ts";
import { killBench } from "./kill.ts";
import { memoryBench } from "./memory.ts";
import { pushBench } from "./push/bench.ts";
import { restartBuildBench } from "./restart-build.ts";
import { rollbackBench } from "./rollback.ts";

type Bench = (options: { readonly isQuick: boolean }) => Promise<Report>;

const benches: Readonly<Record<string, Bench>> = {
  push: pushBench,
  rollback: rollbackBench,
  deliveries: deliveriesBench,
  edge: edgeBench,
  engine: engineBench,
  badchange: badChangeBench,
  memory: memoryBench,
  kill: killBench,
  "restart-build": restartBuildBench,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false } },
});
const asked = positionals[0] === "all" ? Object.keys(benches) : positionals;
const unknown = asked.find((name) => !(name in benches));
if (asked.length === 0 || unknown !== undefined) {
  const known = Object.keys(benches).join(", ");
  console.error(`usage: npm run bench -- NAME [--quick]; expected one of: ${known}, all`);
  process.exit(2);
}
for (const name of asked) {
  const loadAtStart = loadavg()[0] ?? 0;
  const report = await benches[name]?.({ isQuick: values.quick });
  if (report !== undefined) await publish(report, { loadAtStart, isQuick: values.quick });
}
