import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deniedCalls, seccompFilter, type Architecture } from "./seccomp.ts";

const audit = { x64: 0xc000003e, arm64: 0xc00000b7 };
const allow = 0x7fff0000;
const eperm = 0x00050001;

/** The few instructions of classic BPF that a filter uses, as the kernel runs them. */
function evaluate(program: Uint8Array, data: DataView): number {
  const view = new DataView(program.buffer);
  let accumulator = 0;
  for (let at = 0; at * 8 < program.length; at += 1) {
    const [code, value] = [view.getUint16(at * 8, true), view.getUint32(at * 8 + 4, true)];
    const [yes, no] = [view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3)];
    if (code === 0x06) return value;
    if (code === 0x20) accumulator = data.getUint32(value, true);
    else if (code === 0x15) at += accumulator === value ? yes : no;
    else if (code === 0x35) at += accumulator >= value ? yes : no;
    else if (code === 0x45) at += (accumulator & value) === 0 ? no : yes;
    else assert.fail(`unknown instruction ${code}`);
  }
  return assert.fail("the filter ran off its end");
}

function decide(on: Architecture, call: number, args: readonly number[] = []): number {
  return decideFrom(audit[on], { on, call, args });
}

interface Call {
  readonly on: Architecture;
  readonly call: number;
  readonly args: readonly number[];
}

function decideFrom(architecture: number, { on, call, args }: Call): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call, true);
  data.setUint32(4, architecture, true);
  for (const [index, value] of args.entries()) data.setUint32(16 + index * 8, value, true);
  return evaluate(seccompFilter(on), data);
}

for (const [index, on] of (["x64", "arm64"] as const).entries()) {
  const denied = new Set(Object.values(deniedCalls).map((numbers) => numbers[index] ?? -1));
  denied.delete(-1);

  test(`seccomp ${on}: every listed call is refused`, () => {
    assert.ok(denied.size > 45);
    for (const call of denied) assert.equal(decide(on, call), eperm, `call ${call}`);
  });

  test(`seccomp ${on}: every other call is allowed`, () => {
    const special = new Set(on === "x64" ? [16, 56, 435] : [29, 220, 435]);
    const others = fc
      .integer({ min: 0, max: 600 })
      .filter((n) => !denied.has(n) && !special.has(n));
    fc.assert(fc.property(others, (call) => decide(on, call) === allow));
  });

  const [clone, ioctl] = on === "x64" ? [56, 16] : [220, 29];
  // oxfmt-ignore
  const cases: readonly (readonly [string, number, readonly number[], number])[] = [
    ["a thread may be made", clone, [0x3d0f00], allow],
    ["a process may be made", clone, [0x01200011], allow],
    ["a user namespace may not", clone, [0x10000011], eperm],
    ["a mount namespace may not", clone, [0x00020011], eperm],
    ["clone3 is unknown, so that clone is used", 435, [], 0x00050026],
    ["a terminal may be asked for its size", ioctl, [1, 0x5413], allow],
    ["a terminal may not be typed into", ioctl, [1, 0x5412], eperm],
    ["the other way to type is closed too", ioctl, [1, 0x541c], eperm],
  ];
  for (const [claim, call, args, expected] of cases) {
    test(`seccomp ${on}: ${claim}`, () => assert.equal(decide(on, call, args), expected));
  }

  test(`seccomp ${on}: another architecture's numbers are fatal`, () => {
    const foreign = on === "x64" ? 0x40000003 : 0x40000028; // i386, arm
    assert.equal(decideFrom(foreign, { on, call: 0, args: [] }), 0x80000000);
  });
}

test("seccomp x64: the x32 numbers of refused calls are refused", () => {
  assert.equal(decide("x64", 0x40000000 + 101), eperm);
});
