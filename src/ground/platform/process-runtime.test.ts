import { whyNothingRuns } from "./fenced.test-kit.ts";
import { createProcessRuntime } from "./process-runtime.ts";
import { quietLog, realClock } from "./real.test-kit.ts";
import { runtimeConformance } from "./runtime.conformance.ts";

runtimeConformance({
  name: "process runtime",
  skip: await whyNothingRuns(),
  open: (dataDir) => createProcessRuntime({ dataDir, clock: realClock, log: quietLog }),
});
