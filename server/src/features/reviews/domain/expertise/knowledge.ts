import type { Roster } from '../../../../shared/roster.ts'
import type { ExpertiseIndex, Place } from './expertise-index.ts'
import { COUNT_STEPS, PATH_STEPS, POPULARITY_PRIOR, quickScore, type Facts, type Shares } from './score.ts'

/** A change somebody is wanted for. */
export type OpenChange = { authorId: string; files: readonly string[]; atMs: number }

/** What is known of the members of a team for one change. */
export type Knowledge = {
  shares: Shares
  /** Of the member at this position of the roster. */
  factsAt: (position: number) => Facts
  /** Those of the positions with the highest scores by these shares, at most `size`, ascending. */
  best: (positions: readonly number[], size: number, by: Shares) => number[]
}

const DAY_MS = 86_400_000
const MAX_FILES = 40
const LOAD_WINDOW_DAYS = 90
/** A place with this count has as much say as all above it. */
const PATH_PRIOR = 10
const LOAD_PRIOR = 0.05

/**
 * What the index tells of a team's members for a change, in whole steps. Good until the index is asked again or learns: it
 * looks up what it is asked for.
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
  const people = index.peopleAt(atMs)
  const { worth } = people
  const { paths, affinities } = index.scratch(numbers)
  const unknown = addPathExpertise(paths, index, { files, author, worth, numbers })
  const affinity = people.people[author]?.affinity
  affinity?.addToThese(affinities, worth, numbers)
  let popularity = 0
  for (const position of roster.activePositions) {
    const number = numbers[position]!
    if (number !== author) popularity += people.popularity[number]! * worth + POPULARITY_PRIOR
  }
  const shares = {
    unknown,
    affinity: (affinity?.total ?? 0) * worth,
    // Where there is no candidate at all, of the author alone.
    popularity: Math.max(popularity, POPULARITY_PRIOR),
    loadWeight,
  }
  const meanLoad = index.meanLoad(atMs, atMs - LOAD_WINDOW_DAYS * DAY_MS) + LOAD_PRIOR
  const view: View = { ...people, numbers, paths, affinities, meanLoad }
  return {
    shares,
    factsAt: (position) => factsOf(view, position),
    best: (positions, size, by) => highest(view, by, positions, size),
  }
}

/** What the facts of a change are made from. */
type View = ReturnType<ExpertiseIndex['peopleAt']> &
  ReturnType<ExpertiseIndex['scratch']> & { numbers: Int32Array; meanLoad: number }

function factsOf(view: View, position: number): Facts {
  return readFacts(view, position, { path: 0, affinity: 0, popularity: 0, recent: 0, load: 0 })
}

/** Fills in `facts`. */
function readFacts(view: View, position: number, facts: Facts): Facts {
  const number = view.numbers[position]!
  facts.path = nearest(view.paths[number]! * PATH_STEPS)
  facts.affinity = nearest(view.affinities[number]! * COUNT_STEPS)
  facts.popularity = nearest(view.popularity[number]! * view.worth * COUNT_STEPS)
  facts.recent = nearest(view.recent[number]! * view.recentWorth * COUNT_STEPS)
  facts.load = nearest(((view.load[number]! * view.loadWorth) / view.meanLoad) * COUNT_STEPS)
  return facts
}

/** `Math.round` of what is not negative, which takes the runtime several times as long. */
function nearest(value: number): number {
  const below = Math.floor(value)
  return value - below < 0.5 ? below : below + 1
}

type Asked = { files: readonly string[]; author: number; worth: number; numbers: Int32Array }

/** Adds to `paths` what each person knows of the files, and gives what nobody knows; together they add up to 1. */
function addPathExpertise(
  paths: Float64Array,
  index: ExpertiseIndex,
  { files, author, worth, numbers }: Asked,
): number {
  const considered = files.slice(0, MAX_FILES)
  const asked: Place[] = []
  let unknown = considered.length === 0 ? 1 : 0
  for (const path of considered) {
    let rest = 1 / considered.length
    for (let place = index.placeOf(path); place !== null; place = place.parent) {
      const { counts } = place
      if (place.weight === 0) {
        place.divisor = (counts.total - counts.get(author)) * worth + PATH_PRIOR
        asked.push(place)
      }
      const weight = rest / place.divisor
      place.weight += weight
      rest = weight * PATH_PRIOR
    }
    unknown += rest
  }
  for (const place of asked) {
    place.counts.addToThese(paths, place.weight * worth, numbers)
    place.weight = 0
  }
  return unknown
}

function highest(view: View, by: Shares, positions: readonly number[], size: number): number[] {
  const facts: Facts = { path: 0, affinity: 0, popularity: 0, recent: 0, load: 0 }
  /** Highest first. */
  const best: number[] = []
  const scores: number[] = []
  let least = -Infinity
  for (const position of positions) {
    const score = quickScore(readFacts(view, position, facts), by, least)
    if (best.length === size && score <= least) continue
    let place = best.length < size ? best.length : size - 1
    for (; place > 0 && scores[place - 1]! < score; place--) {
      best[place] = best[place - 1]!
      scores[place] = scores[place - 1]!
    }
    best[place] = position
    scores[place] = score
    if (best.length === size) least = scores[size - 1]!
  }
  return best.toSorted((a, b) => a - b)
}
