/**
 * Assure: may this change meet users?
 *
 * Answers: what is said about an artifact and signed; whether what was said is genuine; whether the
 * gate's rules hold, each with what went in and why.
 * Leaves to others: building and testing (build, test), finding secrets (source), exposing (rollout).
 * Invariants: the private key never leaves this process; a bundle that is altered, foreign, missing or
 * about something else is refused; a rule that cannot be evaluated fails; the same facts and rules give
 * the same decision.
 * Read next: gate.ts, then statement.ts, then io/verify.ts.
 */
export { decideGate, refusedApproval } from "./gate.ts";
export { ruleFault } from "./rule.ts";
export { gateFacts, type GateFacts, type GateFactsInput } from "./facts.ts";
export {
  isBuiltFrom,
  provenanceType,
  testResultType,
  type VerifiedStatement,
} from "./statement.ts";
export { openSigner, type Signer } from "./io/signer.ts";
export { attest, type AttestInput } from "./io/attest.ts";
export { verifyEvidence } from "./io/verify.ts";
