/** Up to so many numbers are looked through; beyond that an index of them is kept. */
const SEARCHED = 16

/** Decayed counts by the number of a person, as two lists to walk over. */
export class Counts {
  readonly numbers: number[] = []
  readonly values: number[] = []
  total = 0
  #indexes: Map<number, number> | null = null

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

  scale(factor: number): void {
    this.total *= factor
    for (let index = 0; index < this.values.length; index++) this.values[index]! *= factor
  }

  dropBelow(least: number): void {
    if (!this.values.some((value) => value < least)) return
    const kept = this.numbers.map((number, index) => [number, this.values[index]!] as const)
    this.numbers.length = 0
    this.values.length = 0
    this.total = 0
    this.#indexes = null
    for (const [number, value] of kept) if (value >= least) this.add(number, value)
  }

  #find(number: number): number {
    return this.#indexes === null ? this.numbers.indexOf(number) : (this.#indexes.get(number) ?? -1)
  }

  #append(number: number, value: number): void {
    this.numbers.push(number)
    this.values.push(value)
    if (this.#indexes !== null) this.#indexes.set(number, this.numbers.length - 1)
    else if (this.numbers.length > SEARCHED) this.#indexes = new Map(this.numbers.map((each, index) => [each, index]))
  }
}
