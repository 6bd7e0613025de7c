const GOLDEN_GAMMA = 0x9e3779b9
const FNV_PRIME = 0x01000193
const FNV_OFFSET = 0x811c9dc5

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit changes half of the output bits. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * A number from 0 to 2^32 - 1 that depends on the seed and the text alone, so that one candidate's draw
 * never changes with who else is there. FNV-1a over UTF-16 units between two rounds of `mix`.
 */
export function draw(seed: number, text: string): number {
  let h = FNV_OFFSET ^ mix(seed + GOLDEN_GAMMA)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h = Math.imul(h ^ (unit & 0xff), FNV_PRIME)
    h = Math.imul(h ^ (unit >>> 8), FNV_PRIME)
  }
  return mix(h ^ seed)
}

/**
 * `size` different whole numbers below `bound`, ascending, each subset as likely as any other.
 * R. W. Floyd's algorithm (Bentley and Floyd, CACM 30(9), 1987): O(size), whatever the bound.
 */
export function sampleBelow(seed: number, bound: number, size: number): number[] {
  const chosen = new Uint32Array((bound + 31) >>> 5)
  for (let j = bound - size; j < bound; j++) {
    const pick = Math.floor((mix(seed + Math.imul(j + 1, GOLDEN_GAMMA)) / 2 ** 32) * (j + 1))
    const isChosen = ((chosen[pick >>> 5]! >>> (pick & 31)) & 1) === 1
    const taken = isChosen ? j : pick
    chosen[taken >>> 5]! |= 1 << (taken & 31)
  }
  return bitsOf(chosen)
}

/** The places of the bits that are set, ascending. */
function bitsOf(words: Uint32Array): number[] {
  const places: number[] = []
  words.forEach((word, index) => {
    for (let left = word; left !== 0; left &= left - 1) places.push(index * 32 + 31 - Math.clz32(left & -left))
  })
  return places
}

/** A seed for a decision that must come out the same whenever it is planned from the same facts. */
export function seedFrom(...facts: readonly (string | number)[]): number {
  return draw(facts.length, JSON.stringify(facts))
}
