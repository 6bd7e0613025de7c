/** JSON as bytes with `text` at that place. */
export function inserted(body: Buffer, text: string, at: number): Buffer<ArrayBuffer> {
  return Buffer.concat([body.subarray(0, at), Buffer.from(text), body.subarray(at)])
}

/** JSON as bytes with the first `text` after `from` replaced; null where it does not stand there. */
export function replaced(body: Buffer, text: string, by: string, from = 0): Buffer<ArrayBuffer> | null {
  const start = body.indexOf(text, from)
  if (start === -1) return null
  return Buffer.concat([body.subarray(0, start), Buffer.from(by), body.subarray(start + Buffer.byteLength(text))])
}
