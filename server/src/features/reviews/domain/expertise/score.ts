import { compareIds } from '../../../../shared/ids.ts'
import type { ExpertiseIndex } from './expertise-index.ts'

/** A change somebody is wanted for. */
export type OpenChange = { authorId: string; files: readonly string[]; openedMs: number }

/** The parts of a score, each already in the unit in which they are added up: the logarithm of a probability, weighted. */
export type ScoreParts = {
  /** Knows the files and the directories above them. */
  path: number
  /** Has reviewed this author. */
  affinity: number
  /** Takes away what everybody popular has. */
  popularity: number
  /** Was active in the last days. */
  recency: number
  /** Has reviewed much lately; never above 0. */
  load: number
}

export type Scored = { userId: string; score: number; parts: ScoreParts }

const DAY_MS = 86_400_000
const MAX_FILES = 40
const LOAD_WINDOW_DAYS = 90
/** A place with this count has as much say as all above it. */
const PATH_PRIOR = 10
const AFFINITY_PRIOR = 5
const POPULARITY_PRIOR = 0.02
const RECENT_PRIOR = 0.05
const LOAD_PRIOR = 0.05
const AFFINITY_WEIGHT = 0.8
const POPULARITY_WEIGHT = -0.6
const RECENCY_WEIGHT = 0.3

/**
 * Scores people for a change: a log-linear blend of decayed path expertise (backing off from the file to its directories), of
 * author-reviewer affinity, popularity and recency, minus a load term. Everybody is scored against the others given, so the
 * same candidates must be given together. The constants were tuned on Apache Kafka and checked on other projects.
 */
export function scoreCandidates(
  index: ExpertiseIndex,
  change: OpenChange,
  candidates: readonly number[],
  loadWeight: number,
): Scored[] {
  const atMs = change.openedMs
  const author = index.numberOf(change.authorId)
  const popularity = candidates.map((number) => index.popularityOf(number, atMs) + POPULARITY_PRIOR)
  const allPopularity = popularity.reduce((sum, each) => sum + each, 0)
  const { expertise, unknown } = pathExpertise(index, change, author)
  const affinity = author === undefined ? { countOf: () => 0, total: 0 } : index.affinityOf(author, atMs)
  const meanLoad = index.meanLoad(atMs, atMs - LOAD_WINDOW_DAYS * DAY_MS) + LOAD_PRIOR
  return candidates.map((number, position): Scored => {
    const prior = popularity[position]! / allPopularity
    const familiar = (affinity.countOf(number) + AFFINITY_PRIOR * prior) / (affinity.total + AFFINITY_PRIOR)
    const parts: ScoreParts = {
      path: Math.log((expertise.get(number) ?? 0) + unknown * prior),
      affinity: AFFINITY_WEIGHT * Math.log(familiar),
      popularity: POPULARITY_WEIGHT * Math.log(prior),
      recency: RECENCY_WEIGHT * Math.log(index.recentOf(number, atMs) + RECENT_PRIOR),
      load: loadWeight === 0 ? 0 : -loadWeight * Math.log(1 + index.loadOf(number, atMs) / meanLoad),
    }
    const score = parts.path + parts.affinity + parts.popularity + parts.recency + parts.load
    return { userId: index.idOf(number), score, parts }
  })
}

/** Best first; of equals the more popular, then by id. */
export function rankCandidates(
  index: ExpertiseIndex,
  change: OpenChange,
  candidates: readonly number[],
  loadWeight: number,
): Scored[] {
  const popularityOf = (userId: string) => index.popularityOf(index.numberOf(userId)!, change.openedMs)
  return scoreCandidates(index, change, candidates, loadWeight).toSorted(
    (a, b) => b.score - a.score || popularityOf(b.userId) - popularityOf(a.userId) || compareIds(a.userId, b.userId),
  )
}

/**
 * The part of the files that each person knows, adding up to 1 with what nobody is known to know. A file is asked first, and
 * what its few counts leave open goes to its directory, and so on to the root: Jelinek-Mercer back-off with a Dirichlet prior.
 */
function pathExpertise(
  index: ExpertiseIndex,
  { files, openedMs }: OpenChange,
  author: number | undefined,
): { expertise: ReadonlyMap<number, number>; unknown: number } {
  const considered = files.slice(0, MAX_FILES)
  const worth = index.placeWorth(openedMs)
  const expertise = new Map<number, number>()
  let unknown = considered.length === 0 ? 1 : 0
  for (const path of considered) {
    let rest = 1 / considered.length
    for (const { counts, total } of index.placesOf(path)) {
      const own = author === undefined ? 0 : (counts.get(author) ?? 0)
      const weight = rest / ((total - own) * worth + PATH_PRIOR)
      for (const [number, count] of counts) {
        if (number !== author) expertise.set(number, (expertise.get(number) ?? 0) + weight * count * worth)
      }
      rest = weight * PATH_PRIOR
    }
    unknown += rest
  }
  return { expertise, unknown }
}
