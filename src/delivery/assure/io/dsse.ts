/**
 * DSSE v1 pre-authentication encoding: what is signed is the payload together with its type, lengths
 * first, so that neither can be read as part of the other. Written out here because @sigstore/sign,
 * which has it too, brings network clients for Fulcio and Rekor: 18 MB and 150 ms at every start.
 */
export function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  const typeBytes = Buffer.from(type);
  const head = `DSSEv1 ${typeBytes.length} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
