import type { Roster } from '../../../../shared/roster.ts'
import { sampleBelow } from '../seeded-random.ts'
import type { Counts } from './counts.ts'
import type { ExpertiseIndex, Place } from './expertise-index.ts'
import { COUNT_STEPS, nearest, PATH_STEPS, POPULARITY_PRIOR, scoreOf, type Facts, type Shares } from './score.ts'

/** A change somebody is wanted for. */
export type OpenChange = { authorId: string; files: readonly string[]; atMs: number }

/** What is known of the members of a team for one change. */
export type Knowledge = {
  shares: Shares
  /** Of the member at this position of the roster. */
  factsAt: (position: number) => Facts
  /** About `size` of the positions, ascending: those of the highest scores by these shares. */
  best: (positions: readonly number[], size: number, by: Shares, seed: number) => number[]
}

const DAY_MS = 86_400_000
const MAX_FILES = 40
const LOAD_WINDOW_DAYS = 90
/** A place with this count has as much say as all above it. */
const PATH_PRIOR = 10
const LOAD_PRIOR = 0.05
/** Of a file: when less of it is left open, directories further up are not asked. */
const LEAST_REST = 0.01
/** With that many who know the files or their directories, those who know only what is above them are left out. */
const ENOUGH = 24

/**
 * What the index tells of a team's members for a change, in whole steps. Good until the index learns: it looks up what it is
 * asked for.
 *
 * Path expertise is the part of the files that each person knows: a file is asked first, and what its few counts leave open goes to
 * its directory, and so on to the root (Jelinek-Mercer back-off with a Dirichlet prior).
 */
export function knowledgeOf(
  index: ExpertiseIndex,
  { authorId, files, atMs }: OpenChange,
  roster: Roster,
  loadWeight: number,
): Knowledge {
  const numbers = index.numbersOf(roster)
  const author = index.numberOf(authorId) ?? -1
  const columns = index.columnsAt(atMs)
  const { worth, recentWorth, loadWorth } = columns
  const { levels, unknown } = backOff(index, files, author, worth)
  const affinity = index.affinityOf(author)
  const meanLoad = index.meanLoad(atMs, atMs - LOAD_WINDOW_DAYS * DAY_MS) + LOAD_PRIOR

  function factsOf(number: number, path: number, reviewed: number): Facts {
    return {
      path: nearest(path * PATH_STEPS),
      affinity: nearest(reviewed * COUNT_STEPS),
      popularity: nearest(columns.popularity[number]! * worth * COUNT_STEPS),
      recent: nearest(columns.recent[number]! * recentWorth * COUNT_STEPS),
      load: nearest(((columns.load[number]! * loadWorth) / meanLoad) * COUNT_STEPS),
    }
  }
  const shares = {
    unknown,
    affinity: (affinity?.total ?? 0) * worth,
    popularity: popularityOf(roster, numbers, author, columns.popularity, worth),
    loadWeight,
  }
  /** What `best` has found out already. */
  let near: Near | null = null
  return {
    shares,
    factsAt(position) {
      const number = numbers[position]!
      const isKnown = near !== null && near.isNear[position] === 1
      let path = isKnown ? near!.paths[position]! : 0
      for (let depth = isKnown ? near!.depth : 0; depth < levels.length; depth++) {
        for (const { counts, weight } of levels[depth]!) path += weight * counts.get(number)
      }
      return factsOf(number, path, (affinity?.get(number) ?? 0) * worth)
    },
    best(positions, size, by, seed) {
      if (positions.length <= size) return [...positions]
      near = nearestOf(levels, affinity, index.positionsOf(roster), positions, worth)
      const { paths, affinities } = near
      const scores = near.positions.map((position) =>
        scoreOf(factsOf(numbers[position]!, paths[position]!, affinities[position]!), by),
      )
      const listed = highest(near.positions, scores, size)
      return [...listed, ...strangers(positions, listed, size, seed)].toSorted((a, b) => a - b)
    },
  }
}

/** Of all candidates together; never nothing, where the author is alone. */
function popularityOf(
  { activePositions }: Roster,
  numbers: Int32Array,
  author: number,
  popularity: Float64Array,
  worth: number,
): number {
  let sum = 0
  for (const position of activePositions) {
    const number = numbers[position]!
    if (number !== author) sum += popularity[number]! * worth + POPULARITY_PRIOR
  }
  return Math.max(sum, POPULARITY_PRIOR)
}

/** A place that is asked, and what one of its stored counts is worth as a part of the files. */
type Asked = { place: Place; counts: Counts; weight: number; perRest: number }

/** The files, then the directories above them, and so on to the root; `unknown` is the part that nobody is known to know. */
function backOff(
  index: ExpertiseIndex,
  files: readonly string[],
  author: number,
  worth: number,
): { levels: Asked[][]; unknown: number } {
  const considered = files.slice(0, MAX_FILES)
  if (considered.length === 0) return { levels: [], unknown: 1 }
  const asked: Asked[] = []
  const levels: Asked[][] = []
  const rests = new Float64Array(considered.length).fill(1 / considered.length)
  const places = considered.map((path) => index.placeOf(path))
  for (let isOver = false; !isOver;) {
    isOver = true
    const level: Asked[] = []
    for (let file = 0; file < places.length; file++) {
      const place = places[file]!
      if (place === null) continue
      isOver = false
      let one = askedAt(asked, place)
      if (one === undefined) {
        const { counts } = place
        const perRest = 1 / ((counts.total - counts.get(author)) * worth + PATH_PRIOR)
        one = { place, counts, weight: 0, perRest }
        asked.push(one)
        level.push(one)
      }
      const share = rests[file]! * one.perRest
      one.weight += share * worth
      rests[file] = share * PATH_PRIOR
      places[file] = rests[file]! * places.length < LEAST_REST ? null : place.parent
    }
    if (level.length > 0) levels.push(level)
  }
  return { levels, unknown: rests.reduce((sum, rest) => sum + rest, 0) }
}

/** Places come in the order of their depth, so that the same one was asked a few before. */
function askedAt(asked: readonly Asked[], place: Place): Asked | undefined {
  for (let index = asked.length - 1; index >= 0; index--) if (asked[index]!.place === place) return asked[index]
  return undefined
}

type Near = {
  positions: number[]
  /** By position, 1 for those. */
  isNear: Uint8Array
  /** What they know of the files by the first `depth` levels, and how often they have reviewed the author, by position. */
  paths: Float64Array
  affinities: Float64Array
  depth: number
}

/** Those of the positions whose people know the files best, level by level until they are enough, and whoever has reviewed the author. */
function nearestOf(
  levels: readonly Asked[][],
  affinity: Counts | undefined,
  positionOf: ReadonlyMap<number, number>,
  positions: readonly number[],
  worth: number,
): Near {
  const size = positions.at(-1)! + 1
  const isAsked = new Uint8Array(size)
  for (const position of positions) isAsked[position] = 1
  const near: Near = {
    positions: [],
    isNear: new Uint8Array(size),
    paths: new Float64Array(size),
    affinities: new Float64Array(size),
    depth: 0,
  }
  function add({ numbers, values }: Counts, weight: number, sums: Float64Array): void {
    for (let index = 0; index < numbers.length; index++) {
      const position = positionOf.get(numbers[index]!)
      if (position === undefined || isAsked[position] !== 1) continue
      sums[position]! += weight * values[index]!
      if (near.isNear[position] === 1) continue
      near.isNear[position] = 1
      near.positions.push(position)
    }
  }
  if (affinity !== undefined) add(affinity, worth, near.affinities)
  for (const level of levels) {
    if (near.positions.length >= ENOUGH) break
    for (const { counts, weight } of level) add(counts, weight, near.paths)
    near.depth++
  }
  return near
}

/** Those of the positions with the highest scores, highest first. */
function highest(positions: readonly number[], scores: readonly number[], size: number): number[] {
  const best: number[] = []
  const bestScores: number[] = []
  for (let index = 0; index < positions.length; index++) {
    const score = scores[index]!
    if (best.length === size && score <= bestScores[size - 1]!) continue
    let place = best.length < size ? best.length : size - 1
    for (; place > 0 && bestScores[place - 1]! < score; place--) {
      best[place] = best[place - 1]!
      bestScores[place] = bestScores[place - 1]!
    }
    best[place] = positions[index]!
    bestScores[place] = score
  }
  return best
}

/** Others, one as likely as another, where too few are listed. */
function strangers(positions: readonly number[], listed: readonly number[], size: number, seed: number): number[] {
  if (listed.length >= size) return []
  const others = positions.filter((position) => !listed.includes(position))
  return sampleBelow(seed, others.length, Math.min(size - listed.length, others.length)).map((index) => others[index]!)
}
