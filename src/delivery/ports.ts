/** Everything the delivery acts through; the composition root fills it in. */
import type {
  BlobStore,
  ChangeLogs,
  LogReader,
  NameCover,
  People,
  Reach,
  Repositories,
  Shelf,
} from "#domain";
import type { Signer } from "#delivery/assure";
import type { RegistryEnvironment, Toolchain } from "#delivery/build";
import type { RolloutPorts } from "#delivery/rollout";

export interface DeliveryPorts extends RolloutPorts {
  readonly repositories: Repositories;
  readonly blobs: BlobStore;
  readonly shelf: Shelf;
  readonly changeLogs: ChangeLogs;
  readonly people: Pick<People, "forgetApp" | "grantorsOf" | "sees">;
  readonly logReader: LogReader;
  readonly signer: Signer;
  readonly toolchain: Toolchain;
  /** Where package managers fetch from, as the operator has set them up. */
  readonly registry: RegistryEnvironment;
  /** "http://127.0.0.1:7420", for URLs that people copy. */
  readonly apiUrl: string;
  /** "ssh://git@localhost:7422"; absent: SSH is off. */
  readonly sshUrl?: string | undefined;
  /** Absent: nobody but this machine's people reach it. */
  readonly reach?: Reach | undefined;
  /** Whether the certificate names a host by now; absent: there is no TLS. */
  readonly coverOf?: ((host: string) => NameCover) | undefined;
}
