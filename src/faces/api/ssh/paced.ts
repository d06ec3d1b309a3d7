/**
 * Where git's words go: into the channel, and no faster than the connection takes them. A channel's own window
 * is whatever the client says it is, up to 4 GB, and the library below would keep that much in memory.
 */
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { sshUnsentBytesMax } from "../limits.ts";

export function paced(channel: Writable, socket: Socket): Writable {
  const writable = new Writable({
    write(chunk: Buffer, _encoding, done) {
      channel.write(chunk, () => {
        if (socket.writableLength < sshUnsentBytesMax) done();
        else socket.once("drain", done);
      });
    },
  });
  // A channel that has closed calls nobody back.
  channel.once("close", () => writable.destroy());
  return writable;
}
