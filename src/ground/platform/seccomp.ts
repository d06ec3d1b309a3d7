/**
 * The system call filter of the sandbox, as a classic BPF program for `bwrap --seccomp`.
 *
 * A deny list: what can reach the kernel's less trodden paths, other processes or the machine's state
 * is refused with EPERM, everything else is allowed, since we do not know what an app will need.
 * Generated here rather than by libseccomp because that would be a native dependency for 60 numbers.
 */
import { endianness } from "node:os";
import { assert } from "#std";

export type Architecture = "x64" | "arm64";

/** `[x86_64, aarch64]`; -1 where the call does not exist. From the kernel's syscall tables. */
// oxfmt-ignore
export const deniedCalls: Readonly<Record<string, readonly [number, number]>> = {
  ptrace: [101, 117], process_vm_readv: [310, 270], process_vm_writev: [311, 271], kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  mount: [165, 40], umount2: [166, 39], pivot_root: [155, 41], chroot: [161, 51], move_mount: [429, 429],
  open_tree: [428, 428], fsopen: [430, 430], fsconfig: [431, 431], fsmount: [432, 432],
  fspick: [433, 433], mount_setattr: [442, 442], setns: [308, 268], unshare: [272, 97],
  keyctl: [250, 219], add_key: [248, 217], request_key: [249, 218],
  bpf: [321, 280], perf_event_open: [298, 241], userfaultfd: [323, 282],
  io_uring_setup: [425, 425], io_uring_enter: [426, 426], io_uring_register: [427, 427],
  init_module: [175, 105], finit_module: [313, 273], delete_module: [176, 106],
  kexec_load: [246, 104], kexec_file_load: [320, 294], reboot: [169, 142],
  swapon: [167, 224], swapoff: [168, 225], acct: [163, 89], quotactl: [179, 60],
  quotactl_fd: [443, 443], syslog: [103, 116], vhangup: [153, 58], lookup_dcookie: [212, 18],
  settimeofday: [164, 170], clock_settime: [227, 112], clock_adjtime: [305, 266], adjtimex: [159, 171],
  sethostname: [170, 161], setdomainname: [171, 162],
  open_by_handle_at: [304, 265], name_to_handle_at: [303, 264], fanotify_init: [300, 262],
  iopl: [172, -1], ioperm: [173, -1], modify_ldt: [154, -1], nfsservctl: [180, 42],
};

/** Of `linux/audit.h`. */
const auditArchitecture = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const callNumber = {
  clone: { x64: 56, arm64: 220 },
  clone3: { x64: 435, arm64: 435 },
  ioctl: { x64: 16, arm64: 29 },
} as const;

/** CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET | NEWTIME (clone has no NEWTIME). */
const namespaceFlags = 0x7e020000;
/** Both would type into a terminal that is not ours. */
const terminalRequests = [0x5412, 0x541c]; // TIOCSTI, TIOCLINUX

const returns = { kill: 0x80000000, allow: 0x7fff0000, eperm: 0x00050001, enosys: 0x00050026 };
const offset = { call: 0, architecture: 4, argument0: 16, argument1: 24 };
const op = { load: 0x20, jumpEqual: 0x15, jumpAtLeast: 0x35, jumpAnySet: 0x45, ret: 0x06 };

interface Instruction {
  readonly code: number;
  readonly value: number;
  /** Instructions skipped when true, and when false. */
  readonly yes?: number;
  readonly no?: number;
}

/** Makes the filter: 8 bytes an instruction, in the machine's byte order. */
export function seccompFilter(architecture: Architecture): Uint8Array {
  const denied = Object.values(deniedCalls)
    .map(([x64, arm64]) => (architecture === "x64" ? x64 : arm64))
    .filter((number) => number >= 0);
  const program: readonly Instruction[] = [
    { code: op.load, value: offset.architecture },
    { code: op.jumpEqual, value: auditArchitecture[architecture], yes: 1 },
    { code: op.ret, value: returns.kill }, // a foreign ABI would have other numbers for the same calls
    { code: op.load, value: offset.call },
    // x32 reuses the x86_64 architecture with bit 30 set, again with other numbers.
    { code: op.jumpAtLeast, value: 0x40000000, no: 1 },
    { code: op.ret, value: returns.eperm },
    ...denied.flatMap((value) => [
      { code: op.jumpEqual, value, no: 1 },
      { code: op.ret, value: returns.eperm },
    ]),
    // clone3 hides its flags behind a pointer; ENOSYS makes the C library fall back to clone.
    { code: op.jumpEqual, value: callNumber.clone3[architecture], no: 1 },
    { code: op.ret, value: returns.enosys },
    { code: op.jumpEqual, value: callNumber.clone[architecture], no: 4 },
    { code: op.load, value: offset.argument0 },
    { code: op.jumpAnySet, value: namespaceFlags, no: 1 },
    { code: op.ret, value: returns.eperm },
    { code: op.ret, value: returns.allow },
    {
      code: op.jumpEqual,
      value: callNumber.ioctl[architecture],
      no: 1 + terminalRequests.length * 2,
    },
    { code: op.load, value: offset.argument1 },
    ...terminalRequests.flatMap((value) => [
      { code: op.jumpEqual, value, no: 1 },
      { code: op.ret, value: returns.eperm },
    ]),
    { code: op.ret, value: returns.allow },
  ];
  return encode(program);
}

function encode(program: readonly Instruction[]): Uint8Array {
  assert(program.length <= 4096, "a BPF program has at most 4096 instructions");
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  const isLittle = endianness() === "LE";
  for (const [index, { code, value, yes = 0, no = 0 }] of program.entries()) {
    view.setUint16(index * 8, code, isLittle);
    view.setUint8(index * 8 + 2, yes);
    view.setUint8(index * 8 + 3, no);
    view.setUint32(index * 8 + 4, value, isLittle);
  }
  return bytes;
}

/** The architecture of this process if the filter knows it. */
export function filterArchitecture(): Architecture | undefined {
  return process.arch === "x64" || process.arch === "arm64" ? process.arch : undefined;
}
