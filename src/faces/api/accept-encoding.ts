/** Whether a client takes a body in a coding: by name, and with a weight above nothing (RFC 9110, section 12.5.3). */
export function takesCoding(header: string | undefined, coding: "br" | "gzip"): boolean {
  return (header ?? "")
    .toLowerCase()
    .split(",")
    .some((each) => {
      const [name = "", ...parameters] = each.split(";").map((part) => part.trim());
      // A weight that is none is taken for nothing: uncompressed is never wrong.
      const weight = parameters.find((part) => part.startsWith("q="))?.slice(2) ?? "1";
      return name === coding && Number(weight) > 0;
    });
}
