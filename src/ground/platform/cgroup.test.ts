import assert from "node:assert/strict";
import { test } from "node:test";
import { groupWrites, locateCgroups } from "./cgroup.ts";

const limits = { memoryBytes: 1000, processes: 5, cpuShare: 0.25 };
const v1Mounts = `30 20 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
31 20 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
32 20 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
33 20 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`;
const v1Own = "4:memory:/a/b\n3:cpu,cpuacct:/\n2:pids:/c\n0::/";

test("locateCgroups: version 1 nests below our own group in each hierarchy", () => {
  assert.deepEqual(locateCgroups(v1Mounts, v1Own), {
    version: 1,
    parents: {
      memory: "/sys/fs/cgroup/memory/a/b",
      pids: "/sys/fs/cgroup/pids/c",
      cpu: "/sys/fs/cgroup/cpu,cpuacct",
    },
  });
});

test("locateCgroups: a mount of a part of the hierarchy is followed from that part", () => {
  const mounts = `1 2 0:1 /docker/x /m rw - cgroup c rw,memory\n1 2 0:1 /other /p rw - cgroup c rw,pids`;
  assert.deepEqual(locateCgroups(mounts, "1:memory:/docker/x/y\n2:pids:/docker/x"), {
    version: 1,
    parents: { memory: "/m/y", pids: "/p" },
  });
});

test("locateCgroups: version 2 alone has one home at the top", () => {
  const home = "/sys/fs/cgroup/tidegate";
  assert.deepEqual(locateCgroups("25 20 0:22 / /sys/fs/cgroup rw - cgroup2 none rw", "0::/a"), {
    version: 2,
    parents: { memory: home, pids: home, cpu: home },
  });
});

test("locateCgroups: no controllers, no home", () => {
  assert.equal(locateCgroups("1 2 0:1 / / rw - ext4 /dev/vda rw", "0::/"), undefined);
});

test("groupWrites: version 1", () => {
  const home = locateCgroups(v1Mounts, v1Own);
  assert.ok(home !== undefined);
  assert.deepEqual(groupWrites(home, "g", limits), [
    ["/sys/fs/cgroup/memory/a/b/g/memory.limit_in_bytes", "1000", true],
    ["/sys/fs/cgroup/memory/a/b/g/memory.memsw.limit_in_bytes", "1000", false],
    ["/sys/fs/cgroup/pids/c/g/pids.max", "5", true],
    ["/sys/fs/cgroup/cpu,cpuacct/g/cpu.shares", "256", false],
  ]);
});

test("groupWrites: version 2", () => {
  const parents = { memory: "/c/t", pids: "/c/t", cpu: "/c/t" };
  assert.deepEqual(groupWrites({ version: 2, parents }, "g", limits), [
    ["/c/t/g/memory.max", "1000", true],
    ["/c/t/g/memory.swap.max", "0", false],
    ["/c/t/g/pids.max", "5", true],
    ["/c/t/g/cpu.weight", "25", false],
  ]);
});
