import type { Roster } from '../../../../shared/roster.ts'
import type { Counts } from './counts.ts'
import type { ExpertiseIndex, Place } from './expertise-index.ts'
import { COUNT_STEPS, nearest, PATH_STEPS, POPULARITY_PRIOR, skillOf, type Facts, type Shares } from './score.ts'

/** A change somebody is wanted for. */
export type OpenChange = { authorId: string; files: readonly string[]; atMs: number }

export type SkillShares = Omit<Shares, 'loadWeight'>

/** What is known of the members of a team for one change, but for their loads; all of it in one list of numbers, for another thread to tell. */
export type Skills = {
  numbers: Float64Array
  shares: SkillShares
  /** Those with the highest skills, highest first: the position and the skill of each, `ordered` of them. */
  order: Float64Array
  ordered: number
  /**
   * By which the member at each position of the roster gets on the short list: `skillOf` by no more places than it takes to find enough people;
   * -Infinity for those who are not among them.
   */
  skills: Float64Array
  /** Beside that load. */
  factsAt: (position: number, load: number) => Facts
}

const MAX_FILES = 40
/** A place with this count has as much say as all above it. */
const PATH_PRIOR = 10
/** Of a file: when less of it is left open, directories further up are not asked. */
const LEAST_REST = 0.01
/** With that many who have reviewed the author or know the nearest places, what is further up brings nobody on the short list. */
const ENOUGH = 16
/** Of each member, beside the skill. */
const FACTS = 4
/** The shares, and how many stand in the order. */
const HEAD = 4
/** More than a short list takes, whoever of them is loaded. */
export const LONGEST_ORDER = 40
/** Where the skills begin. */
const SKILLS_FROM = HEAD + 2 * LONGEST_ORDER

/** How many numbers the skills of so many members are. */
export function skillNumbers(members: number): number {
  return SKILLS_FROM + members * (1 + FACTS)
}

/** The skills that `tellSkills` has written, or is about to write when this is made. */
export function readSkills(numbers: Float64Array): Skills {
  const factsFrom = SKILLS_FROM + (numbers.length - SKILLS_FROM) / (1 + FACTS)
  return {
    numbers,
    get shares() {
      return { unknown: numbers[0]!, affinity: numbers[1]!, popularity: numbers[2]! }
    },
    order: numbers.subarray(HEAD, SKILLS_FROM),
    get ordered() {
      return numbers[3]!
    },
    skills: numbers.subarray(SKILLS_FROM, factsFrom),
    factsAt(position, load) {
      const at = factsFrom + position * FACTS
      return {
        path: numbers[at]!,
        affinity: numbers[at + 1]!,
        popularity: numbers[at + 2]!,
        recent: numbers[at + 3]!,
        load,
      }
    },
  }
}

/** `tellSkills` of the members of a roster, for whoever has the index at hand. */
export function skillsOf(
  index: ExpertiseIndex,
  change: OpenChange,
  roster: Pick<Roster, 'members' | 'hashes'>,
): Skills {
  const numbers = new Float64Array(skillNumbers(roster.members.length))
  tellSkills(index, change, index.numbersOf(roster), numbers)
  return readSkills(numbers)
}

/**
 * What the index tells of people for a change, in whole steps: `members` are their numbers, in the order of a roster, and the answer is
 * written into `into`.
 *
 * Path expertise is the part of the files that each person knows: a file is asked first, and what its few counts leave open goes to
 * its directory, and so on to the root (Jelinek-Mercer back-off with a Dirichlet prior).
 */
export function tellSkills(
  index: ExpertiseIndex,
  { authorId, files, atMs }: OpenChange,
  members: Int32Array,
  into: Float64Array,
): void {
  const author = index.numberOf(authorId) ?? -1
  const { popularity, recent, worth, recentWorth } = index.columnsAt(atMs)
  const { levels, unknown } = backOff(index, files, author, worth)
  const affinity = index.affinityOf(author)
  const { paths, affinities } = sumsFor(index.size.people)
  if (affinity !== undefined) addTo(affinities, affinity, worth)
  let near = countNear(members, paths, affinities)
  let depth = 0
  for (; depth < levels.length && near < ENOUGH; depth++) {
    for (const { counts, weight } of levels[depth]!) addTo(paths, counts, weight)
    near = countNear(members, paths, affinities)
  }
  const shares = {
    unknown,
    affinity: (affinity?.total ?? 0) * worth,
    popularity: popularityOf(members, author, popularity, worth),
    loadWeight: 0,
  }
  into[0] = shares.unknown
  into[1] = shares.affinity
  into[2] = shares.popularity
  const factsFrom = SKILLS_FROM + members.length
  const facts = { path: 0, affinity: 0, popularity: 0, recent: 0 }
  for (let position = 0; position < members.length; position++) {
    const number = members[position]!
    const at = factsFrom + position * FACTS
    facts.path = nearest(paths[number]! * PATH_STEPS)
    facts.affinity = nearest(affinities[number]! * COUNT_STEPS)
    facts.popularity = nearest(popularity[number]! * worth * COUNT_STEPS)
    facts.recent = nearest(recent[number]! * recentWorth * COUNT_STEPS)
    into[at + 1] = facts.affinity
    into[at + 2] = facts.popularity
    into[at + 3] = facts.recent
    const isNear = paths[number]! > 0 || affinities[number]! > 0
    into[SKILLS_FROM + position] = isNear ? skillOf(facts, shares) : -Infinity
  }
  for (; depth < levels.length; depth++) {
    for (const { counts, weight } of levels[depth]!) addTo(paths, counts, weight)
  }
  for (let position = 0; position < members.length; position++) {
    into[factsFrom + position * FACTS] = nearest(paths[members[position]!]! * PATH_STEPS)
  }
  into[3] = tellOrder(into.subarray(SKILLS_FROM, factsFrom), into.subarray(HEAD, SKILLS_FROM))
  if (affinity !== undefined) clear(affinities, affinity)
  for (const level of levels) for (const { counts } of level) clear(paths, counts)
}

/** By the numbers of people, and all 0 between two calls: lists of thousands of people are too much to make or to clear for each change. */
let sums = { paths: new Float64Array(1024), affinities: new Float64Array(1024) }

function sumsFor(people: number): typeof sums {
  if (sums.paths.length < people) {
    sums = { paths: new Float64Array(people * 2), affinities: new Float64Array(people * 2) }
  }
  return sums
}

function clear(sum: Float64Array, { numbers }: Counts): void {
  for (let index = 0; index < numbers.length; index++) sum[numbers[index]!] = 0
}

function addTo(to: Float64Array, { numbers, values }: Counts, weight: number): void {
  for (let index = 0; index < numbers.length; index++) to[numbers[index]!]! += weight * values[index]!
}

/** Writes the positions and the highest skills, highest first; gives how many they are. */
function tellOrder(skills: Float64Array, order: Float64Array): number {
  let end = 0
  for (let position = 0; position < skills.length; position++) {
    const skill = skills[position]!
    if (skill === -Infinity || (end === order.length && skill <= order[end - 1]!)) continue
    if (end < order.length) end += 2
    let at = end - 2
    for (; at > 0 && order[at - 1]! < skill; at -= 2) {
      order[at] = order[at - 2]!
      order[at + 1] = order[at - 1]!
    }
    order[at] = position
    order[at + 1] = skill
  }
  return end / 2
}

/** How many know something of what was asked so far, or have reviewed the author. */
function countNear(members: Int32Array, paths: Float64Array, affinities: Float64Array): number {
  let near = 0
  for (let position = 0; position < members.length; position++) {
    const number = members[position]!
    if (paths[number]! > 0 || affinities[number]! > 0) near++
  }
  return near
}

/** Of all members but the author; never nothing, where the author is alone. */
function popularityOf(members: Int32Array, author: number, popularity: Float64Array, worth: number): number {
  let sum = 0
  for (let position = 0; position < members.length; position++) {
    const number = members[position]!
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
