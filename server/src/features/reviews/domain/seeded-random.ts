import { hashText } from '../../../shared/hash.ts'

const GOLDEN_GAMMA = 0x9e3779b9

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit changes half of the output bits. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * A number from 0 to 2^32 - 1 that depends on the seed and on the `hashText` of one candidate alone, so that their draw never
 * changes with who else is there.
 */
export function draw(seed: number, hash: number): number {
  return mix(mix(seed + GOLDEN_GAMMA) ^ hash)
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
  for (let index = 0; index < words.length; index++) {
    for (let left = words[index]!; left !== 0; left &= left - 1) places.push(index * 32 + 31 - Math.clz32(left & -left))
  }
  return places
}

/** A seed for a decision that must come out the same whenever it is planned from the same facts. */
export function seedFrom(...facts: readonly (string | number)[]): number {
  return draw(facts.length, hashText(JSON.stringify(facts)))
}
