/** Reads Server-Sent Events (HTML standard, 9.2.6) out of text that arrives in any pieces. */
export interface ServerEvent {
  readonly id?: string;
  readonly name: string;
  readonly data: string;
}

/** Gives each event once its blank line has come; what is cut off in the middle is not an event. */
export async function* parseServerEvents(
  pieces: AsyncIterable<string>,
): AsyncIterable<ServerEvent> {
  let rest = "";
  for await (const piece of pieces) {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event !== undefined) yield event;
    }
  }
}

function parseBlock(block: string): ServerEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name !== "") fields.set(name, value);
  }
  const data = fields.get("data");
  if (data === undefined) return undefined;
  const id = fields.get("id");
  return { ...(id === undefined ? {} : { id }), name: fields.get("event") ?? "message", data };
}
