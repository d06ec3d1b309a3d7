/** `tidegate domain …`: host names of an app's own, and what has to be done elsewhere for each. */
import type { DomainResource } from "#faces/api/contract";
import { act } from "../act.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { coverWords } from "../render/domain.ts";
import { renderPairs, renderTable } from "../render/table.ts";
import type { Session } from "../session.ts";

export async function addDomain(session: Session, app: string, host: string): Promise<ExitCode> {
  const { paint } = session.terminal;
  return await act(session, {
    key: "POST /api/v1/apps/:app/domains",
    call: { params: { app }, body: { host } },
    effect: `serve ${app} by the name ${host} as well`,
    render: (domain) =>
      `${app} is served by ${domain.host}: ${domain.url}\n${renderPairs(
        [
          ["dns", dnsOf(domain)],
          ["certificate", certificateOf(domain)],
        ],
        paint,
      )}`,
    next: `tidegate domain list ${app}`,
  });
}

export async function listDomains(session: Session, named?: string): Promise<ExitCode> {
  const { terminal } = session;
  const app = await session.app(named);
  const client = await session.client();
  const list = await client.call("GET /api/v1/apps/:app/domains", { params: { app } });
  if (list.domains.length === 0 && !session.isJson) {
    terminal.narrate(`${app} has no domain of its own\nnext: tidegate domain add ${app} HOST`);
    return exitCodes.done;
  }
  const columns = ["host", "url", "dns", "certificate"].map((title) => ({ title }));
  session.show(list, ({ domains }) =>
    renderTable(
      columns,
      domains.map((domain) => [
        domain.host,
        domain.url,
        domain.pointTo === undefined ? "this machine only" : `CNAME ${domain.pointTo}`,
        coverWords(domain),
      ]),
      terminal.paint,
    ),
  );
  return exitCodes.done;
}

export async function removeDomain(session: Session, app: string, host: string): Promise<ExitCode> {
  return await act(session, {
    key: "DELETE /api/v1/apps/:app/domains/:host",
    call: { params: { app, host } },
    effect: `serve nothing by the name ${host} from then on, and leave it to other apps`,
    render: (removed) => `${removed.host} is served no more`,
  });
}

/** What has to stand where the name is administered. */
function dnsOf({ host, pointTo }: DomainResource): string {
  return pointTo === undefined
    ? "nothing yet: this instance is open to this machine only (tidegate up --domain opens it)"
    : `${host}. CNAME ${pointTo}. (where no CNAME may stand, as at the top of a zone: A and AAAA with the addresses of ${pointTo})`;
}

function certificateOf(domain: DomainResource): string {
  const { host, certificate, cover } = domain;
  if (cover?.kind === "covered" && certificate !== "self_signed") return coverWords(domain);
  switch (certificate) {
    case "acme":
      if (cover?.kind === "refused" || cover?.kind === "no_room") return coverWords(domain);
      return "asked for by itself within ten minutes; until the name leads here there is none for it, and tidegate doctor says so";
    case "files":
      return `yours has to cover ${host}: put one in its place that does, or browsers refuse the name`;
    case "self_signed":
      return `the self-signed one does not cover ${host}: browsers refuse the name until you start with --cert or --acme`;
    default:
      return "none: plain http, on this machine only";
  }
}
