import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { catalogue } from "./lib/catalogue.js";
import { checkout } from "./lib/checkout.js";
import { drawOffer } from "./lib/offers.js";
import { page } from "./lib/page.js";
import { totals } from "./lib/totals.js";

const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST ?? "127.0.0.1";
const cart = catalogue.slice(0, 3).map((item, index) => ({ ...item, quantity: index + 1 }));
let orderNumber = 0;

const routes = {
  "/": () => html(page(catalogue)),
  "/cart": () => json({ lines: cart, ...totals(cart) }),
  "/checkout": async () => {
    // A payment takes its time now and then.
    if (Math.random() < 0.2) await wait(2 + Math.random() * 8);
    orderNumber += 1;
    return json(checkout(cart, orderNumber));
  },
  "/health": () => json({ ok: true }),
};

const server = createServer(async (request, response) => {
  const startedAt = performance.now();
  const path = new URL(request.url ?? "/", "http://shop").pathname;
  const { status, type, body, offer } = await answer(path);
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    ...(offer === undefined ? {} : { "x-offer": offer }),
  });
  response.end(body);
  console.log(`${request.method} ${path} ${status} ${(performance.now() - startedAt).toFixed(1)} ms`);
});

async function answer(path) {
  try {
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return json({ error: "not found" }, 404);
    const answered = await route();
    return path === "/health" ? answered : { ...answered, offer: drawOffer() };
  } catch (error) {
    console.error(error.stack);
    return json({ error: "internal error" }, 500);
  }
}

function json(value, status = 200) {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n` };
}

function html(body) {
  return { status: 200, type: "text/html; charset=utf-8", body };
}

process.on("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
server.listen(port, host, () => console.log(`the shop is open on ${host}:${port}`));
