/** Bounds of assure. A manifest is written by whoever can push, so its rules are untrusted input. */

/** Rules of one gate, defaults included. Each becomes a line of the push output and of the journal. */
export const gateRulesMax = 32;

/** Text of one rule. The default rules have 25 characters; twenty conditions fit into this. */
export const gateRuleCharsMax = 1000;

/** Nodes of a rule's syntax tree. Rules have no loops, so this bounds what evaluating one costs. */
export const gateRuleNodesMax = 300;

/** Nesting of a rule; recursion stays far from the stack's end. */
export const gateRuleDepthMax = 32;

/** A fact that is text (a commit's subject, a branch) is cut to this before rules see it. */
export const gateFactCharsMax = 1000;

/** A stored bundle; a larger one is refused unread. Ours are 2 to 100 KiB. */
export const bundleBytesMax = 4 * 1024 * 1024;

/** Statements that one artifact may carry; more are refused, each costs a signature check (0.1 ms). */
export const statementsMax = 64;

/** Names of tests listed in a test-result statement, failed and passed each; counts are always whole. */
export const testNamesMax = 1000;
