/** The entry of the command line: reads the words, runs the command, words its end. */
import { enableCompileCache } from "node:module";

// Before the first import of ours: parsing and stripping types is most of the time to start.
enableCompileCache();
const { runCommandLine } = await import("./run.ts");
const { processTerminal } = await import("./terminal.ts");

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
