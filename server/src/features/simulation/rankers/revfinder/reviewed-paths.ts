import { commonOf, type Common } from './similarity.ts'

/** By number of the reviewer: the sum of 1 / files of the change over the reviews here, in units of `ONE`. */
type Weights = Map<number, number>

type Folder = {
  readonly number: number
  /** The numbers of its components. */
  readonly path: readonly number[]
  /** By number of the file's name. */
  readonly files: Map<number, Weights>
  readonly weights: Weights
}

type Place = { folder: Folder; name: number }

/** A reviewer's score by each comparison. */
export type Scores = readonly [prefix: number[], suffix: number[], substring: number[], subsequence: number[]]

/** Whole numbers, so that what a review added can be taken away again and leave nothing. */
const ONE = 2 ** 30
const MOST_PAIRS_KEPT = 4_000_000

/**
 * Whose reviews touched which paths. The score of a reviewer for a change is, by each comparison, the sum of the similarities of
 * each path of the change with each path of each of their reviews, over the number of paths of that review. That is linear, so reviews
 * are added up by path beforehand; and two files of different names are as similar as their folders are (with one
 * component more to divide by), so that folders are compared once, and single files only where their names play a part.
 */
export class ReviewedPaths {
  readonly #components = new Map<string, number>()
  readonly #places = new Map<string, Place>()
  readonly #folders = new Map<string, Folder>()
  /** Those in which a review of now is. */
  readonly #inUse = new Set<Folder>()
  readonly #foldersWithFile = new Map<number, Set<Folder>>()
  readonly #foldersUnder = new Map<number, Set<Folder>>()
  readonly #pairs = new Map<Folder, Map<Folder, Common>>()
  #pairCount = 0

  /** Adds a review; with the sign -1 takes one away that was added. */
  count(files: readonly string[], reviewers: readonly number[], sign: 1 | -1): void {
    const weight = sign * Math.round(ONE / files.length)
    for (const file of files) {
      const { folder, name } = this.#place(file)
      const weights = folder.files.get(name) ?? this.#addFile(folder, name)
      for (const number of reviewers) {
        addWeight(weights, number, weight)
        addWeight(folder.weights, number, weight)
      }
      if (weights.size === 0) this.#removeFile(folder, name)
    }
  }

  /** By number of the reviewer, up to `people`; not divided by the number of files, which is the same for all. */
  scoresFor(files: readonly string[], people: number): Scores {
    const scores: Scores = [zeros(people), zeros(people), zeros(people), zeros(people)]
    const places = files.map((file) => this.#place(file))
    const asked = Map.groupBy(places, ({ folder }) => folder)
    for (const folder of this.#inUse) this.#addFolder(scores, folder, asked)
    for (const place of places) this.#addFilesApart(scores, place)
    return scores
  }

  /** As if no file's name were anywhere else. */
  #addFolder(scores: Scores, folder: Folder, asked: ReadonlyMap<Folder, readonly Place[]>): void {
    let [prefix, substring, subsequence] = [0, 0, 0]
    for (const [other, places] of asked) {
      const common = this.#common(other, folder)
      if (common.subsequence === 0) continue
      const part = places.length / longest(other, folder)
      prefix += common.prefix * part
      substring += common.substring * part
      subsequence += common.subsequence * part
    }
    if (subsequence === 0) return
    for (const [number, weight] of folder.weights) {
      scores[0][number]! += weight * prefix
      scores[2][number]! += weight * substring
      scores[3][number]! += weight * subsequence
    }
  }

  /** Adds for single files by how much more similar they are than their folders alone. */
  #addFilesApart(scores: Scores, { folder, name }: Place): void {
    for (const [other, names] of this.#namesApart(folder, name)) {
      const alone = this.#common(folder, other)
      for (const otherName of names) {
        const common = commonOf([...folder.path, name], [...other.path, otherName])
        const length = longest(folder, other)
        for (const [number, weight] of other.files.get(otherName)!) {
          const part = weight / length
          scores[0][number]! += part * (common.prefix - alone.prefix)
          scores[1][number]! += part * common.suffix
          scores[2][number]! += part * (common.substring - alone.substring)
          scores[3][number]! += part * (common.subsequence - alone.subsequence)
        }
      }
    }
  }

  /** Files of the same name, those named like a folder above this one, and all that stand under a folder named like it. */
  #namesApart(folder: Folder, name: number): Map<Folder, Set<number>> {
    const apart = new Map<Folder, Set<number>>()
    for (const component of new Set([name, ...folder.path])) {
      for (const other of this.#foldersWithFile.get(component) ?? []) {
        const names = apart.get(other) ?? new Set()
        apart.set(other, names.add(component))
      }
    }
    for (const other of this.#foldersUnder.get(name) ?? []) apart.set(other, new Set(other.files.keys()))
    return apart
  }

  #common(a: Folder, b: Folder): Common {
    const [first, second] = a.number < b.number ? [a, b] : [b, a]
    const known = this.#pairs.get(first)?.get(second)
    if (known !== undefined) return known
    if (this.#pairCount++ >= MOST_PAIRS_KEPT) {
      this.#pairs.clear()
      this.#pairCount = 1
    }
    const common = commonOf(first.path, second.path)
    const pairs = this.#pairs.get(first) ?? new Map<Folder, Common>()
    this.#pairs.set(first, pairs.set(second, common))
    return common
  }

  #place(file: string): Place {
    const known = this.#places.get(file)
    if (known !== undefined) return known
    const end = file.lastIndexOf('/')
    const place = {
      folder: this.#folder(file.slice(0, Math.max(0, end))),
      name: this.#component(file.slice(end + 1)),
    }
    this.#places.set(file, place)
    return place
  }

  #folder(path: string): Folder {
    const known = this.#folders.get(path)
    if (known !== undefined) return known
    const components = path === '' ? [] : path.split('/').map((component) => this.#component(component))
    const folder: Folder = { number: this.#folders.size, path: components, files: new Map(), weights: new Map() }
    this.#folders.set(path, folder)
    return folder
  }

  #component(text: string): number {
    const known = this.#components.get(text)
    if (known !== undefined) return known
    const number = this.#components.size
    this.#components.set(text, number)
    return number
  }

  #addFile(folder: Folder, name: number): Weights {
    const weights: Weights = new Map()
    if (folder.files.size === 0) {
      this.#inUse.add(folder)
      for (const component of folder.path) addTo(this.#foldersUnder, component, folder)
    }
    folder.files.set(name, weights)
    addTo(this.#foldersWithFile, name, folder)
    return weights
  }

  #removeFile(folder: Folder, name: number): void {
    folder.files.delete(name)
    this.#foldersWithFile.get(name)?.delete(folder)
    if (folder.files.size > 0) return
    this.#inUse.delete(folder)
    for (const component of folder.path) this.#foldersUnder.get(component)?.delete(folder)
  }
}

/** The components of the longer one of two files in these folders. */
function longest(a: Folder, b: Folder): number {
  return Math.max(a.path.length, b.path.length) + 1
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0)
}

function addWeight(weights: Weights, number: number, weight: number): void {
  const sum = (weights.get(number) ?? 0) + weight
  if (sum === 0) weights.delete(number)
  else weights.set(number, sum)
}

function addTo(sets: Map<number, Set<Folder>>, key: number, folder: Folder): void {
  const set = sets.get(key) ?? new Set<Folder>()
  sets.set(key, set.add(folder))
}
