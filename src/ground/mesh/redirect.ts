/**
 * Plain http from elsewhere: nothing is served there; who asks for a name of ours is led to https. Only an
 * authority that is about to vouch for the name gets its answer here, since it asks nowhere else.
 */
import type { IncomingMessage } from "node:http";
import type { Edge } from "./edge.ts";
import type { Log, PublicAddress } from "#domain";
import { admit } from "./admit.ts";
import { challengeAnswer, isValidationPath, type Challenges } from "./challenges.ts";
import { limits } from "./limits.ts";
import { listenOn, strictHttp, type Listener } from "./listener.ts";
import { pages, renderPage, type Page } from "./pages.ts";

// By name an import reads all of its exports, of which one is a whole HTTP client (decision 0199).
const { createServer } = process.getBuiltinModule("node:http");

export function openRedirect(
  edge: Pick<Edge, "isOwnName">,
  {
    address,
    challenges,
  }: { readonly address: PublicAddress; readonly challenges: () => Challenges },
  log: Log,
): Listener {
  const server = createServer(strictHttp());
  server.maxConnections = limits.clientConnectionsMax;
  server.maxHeadersCount = 0;
  server.on("request", (request, response) => {
    const { status, headers, text } = answerTo(request, edge, {
      address,
      challenges: challenges(),
    });
    // One answer a connection: nobody has more to ask here.
    response.writeHead(status, {
      "content-type": "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(text),
      "x-content-type-options": "nosniff",
      connection: "close",
      ...headers,
    });
    response.end(text);
  });
  server.on("upgrade", (_request, socket) => socket.destroy());
  return listenOn(server, log, () => server.closeAllConnections());
}

function answerTo(
  request: IncomingMessage,
  edge: Pick<Edge, "isOwnName">,
  { address, challenges }: { readonly address: PublicAddress; readonly challenges: Challenges },
) {
  const { method = "", url = "", httpVersion, rawHeaders } = request;
  const admitted = admit({ method, url, httpVersion, rawHeaders });
  if (admitted.kind === "refused") {
    return told(pages.refused(admitted.status, admitted.why));
  }
  if (!edge.isOwnName(admitted.host) || admitted.path === "*") {
    return told(pages.unknownHost(admitted.host));
  }
  if (isValidationPath(admitted.path)) {
    const answer = challengeAnswer(challenges, admitted.path);
    return answer === undefined
      ? told(pages.notAsked())
      : { status: 200, headers: {}, text: answer };
  }
  const port = address.port === 443 ? "" : `:${address.port}`;
  const location = `https://${admitted.host}${port}${admitted.path}`;
  // 308 keeps the method, so that what was sent is sent again and not turned into a GET.
  return { status: 308, headers: { location }, text: `see ${location}\n` };
}

function told(page: Page) {
  return { status: page.status, headers: {}, text: renderPage(page) };
}
