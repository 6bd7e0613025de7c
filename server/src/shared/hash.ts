const FNV_PRIME = 0x01000193
const FNV_OFFSET = 0x811c9dc5

/** 32 bits of a text, the same on every machine: FNV-1a (Fowler, Noll, Vo) over its UTF-16 units, low byte first. */
export function hashText(text: string): number {
  let h = FNV_OFFSET
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h = Math.imul(h ^ (unit & 0xff), FNV_PRIME)
    h = Math.imul(h ^ (unit >>> 8), FNV_PRIME)
  }
  return h >>> 0
}
