/** Up to so many numbers are looked through; beyond that an index of them is kept. */
const SEARCHED = 16
/** An index is a plain list where at least one in so many of all numbers up to the highest is counted. */
const LISTED = 8

/**
 * Decayed counts by the number of a person. Kept as two lists, because a decision walks over all of them, and only now and
 * then one of them grows.
 */
export class Counts {
  readonly numbers: number[] = []
  readonly values: number[] = []
  total = 0
  /** No value is below this. */
  #least = Infinity
  /** Where in the lists a number stands. */
  #indexes: Map<number, number> | null = null
  /** The same plus 1, by number; 0 for who is not counted. */
  #places: Int32Array | null = null

  get size(): number {
    return this.numbers.length
  }

  get(number: number): number {
    const index = this.#find(number)
    return index === -1 ? 0 : this.values[index]!
  }

  add(number: number, weight: number): void {
    this.total += weight
    const index = this.#find(number)
    if (index === -1) this.#append(number, weight)
    else this.values[index]! += weight
  }

  addAll({ numbers, values }: Counts): void {
    numbers.forEach((number, index) => this.add(number, values[index]!))
  }

  /** Adds `factor` times each count to the sum of its person. */
  addTo(sums: Float64Array, factor: number): void {
    const { numbers, values } = this
    for (let index = 0; index < numbers.length; index++) sums[numbers[index]!]! += factor * values[index]!
  }

  /** `addTo` for these people; whether it does so for others is left open. */
  addToThese(sums: Float64Array, factor: number, people: Int32Array): void {
    const places = this.#places
    if (places === null || this.numbers.length <= people.length) {
      this.addTo(sums, factor)
      return
    }
    const { values } = this
    for (let index = 0; index < people.length; index++) {
      const number = people[index]!
      const place = number < places.length ? places[number]! : 0
      if (place > 0) sums[number]! += factor * values[place - 1]!
    }
  }

  scale(factor: number): void {
    this.total *= factor
    this.#least *= factor
    for (let index = 0; index < this.values.length; index++) this.values[index]! *= factor
  }

  /** Whether there may be a value below this. */
  mayBeBelow(least: number): boolean {
    return this.#least < least
  }

  dropBelow(least: number): void {
    if (!this.mayBeBelow(least)) return
    const kept = this.numbers.map((number, index) => [number, this.values[index]!] as const)
    if (kept.every(([, value]) => value >= least)) {
      this.#least = kept.reduce((lowest, [, value]) => Math.min(lowest, value), Infinity)
      return
    }
    this.numbers.length = 0
    this.values.length = 0
    this.total = 0
    this.#least = Infinity
    this.#indexes = null
    this.#places = null
    for (const [number, value] of kept) if (value >= least) this.add(number, value)
  }

  #find(number: number): number {
    if (this.#places !== null) return number < this.#places.length ? this.#places[number]! - 1 : -1
    return this.#indexes === null ? this.numbers.indexOf(number) : (this.#indexes.get(number) ?? -1)
  }

  #append(number: number, value: number): void {
    this.numbers.push(number)
    this.values.push(value)
    this.#least = Math.min(this.#least, value)
    const { length } = this.numbers
    if (length <= SEARCHED) return
    const isDoubled = (length & (length - 1)) === 0
    if (this.#places !== null && number < this.#places.length) this.#places[number] = length
    else if (this.#indexes !== null && !isDoubled) this.#indexes.set(number, length - 1)
    else this.#makeIndex()
  }

  #makeIndex(): void {
    const end = this.numbers.reduce((highest, number) => Math.max(highest, number), 0) + 1
    const isList = end <= LISTED * this.numbers.length
    const places = isList ? new Int32Array(end * 2) : null
    const indexes = isList ? null : new Map<number, number>()
    this.numbers.forEach((number, index) => {
      if (places === null) indexes!.set(number, index)
      else places[number] = index + 1
    })
    this.#places = places
    this.#indexes = indexes
  }
}
