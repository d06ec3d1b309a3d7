/** How a database is reached: by URL, or by the private socket of the embedded one. */

/** Plain data, so that a supervisor can hand it to the processes it starts. */
export type DatabaseConnection =
  | string
  | {
      /** Directory of the unix socket. */
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly database: string;
    };

/** The same as a URL, for a process that is told through its environment (`DATABASE_URL`). */
export function connectionUrl(connection: DatabaseConnection): string {
  if (typeof connection === "string") return connection;
  const { host, port, user, database } = connection;
  const name = encodeURIComponent(database);
  return `postgresql://${encodeURIComponent(user)}@/${name}?host=${encodeURIComponent(host)}&port=${port}`;
}
