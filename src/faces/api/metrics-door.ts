/**
 * `POST /v1/metrics`: where instances report, by OpenTelemetry's protocol. The token says which instance
 * it is; nothing of an export is believed about its origin.
 */
import type { FastifyInstance } from "fastify";
import { assert } from "#std";
import type { InstanceIdentity } from "#domain";

/** An export as it came; `body` is as it was on the wire. */
export interface MetricsSent {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Uint8Array;
}

export interface MetricsAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly retryAfterMs?: number;
}

/** Takes what instances report. */
export interface MetricsService {
  /** Whose token this is, or nothing; an instance that ended has none any more. */
  identityOf(token: string): Promise<InstanceIdentity | undefined>;
  take(identity: InstanceIdentity, sent: MetricsSent): Promise<MetricsAnswer>;
}

export function registerMetricsDoor(server: FastifyInstance, metrics: MetricsService): void {
  server.register(async (scope) => {
    // Bytes of whatever type: what they are is for the protocol to say, in its own words.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    scope.route({
      method: "POST",
      url: "/v1/metrics",
      config: { access: "instance" },
      schema: { hide: true },
      handler: async (request, reply) => {
        assert(request.reporter !== undefined, "access to this route names the instance");
        const answer = await metrics.take(request.reporter, {
          contentType: request.headers["content-type"],
          contentEncoding: request.headers["content-encoding"],
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        });
        if (answer.retryAfterMs !== undefined) {
          reply.header("retry-after", String(Math.ceil(answer.retryAfterMs / 1000)));
        }
        return reply.code(answer.status).type(answer.contentType).send(Buffer.from(answer.body));
      },
    });
  });
}
