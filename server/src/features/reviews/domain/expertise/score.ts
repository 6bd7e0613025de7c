/** What is known of a candidate for one change, in whole steps, so that a decision record holds it exactly. */
export type Facts = {
  /** The part of the files this person knows, in millionths. */
  path: number
  /** Decayed count of reviews of what the author wrote, in thousandths. */
  affinity: number
  /** Decayed count of reviews and, for a fifth each, of changes, in thousandths. */
  popularity: number
  /** The same with a half-life of a week. */
  recent: number
  /** Reviews given to this person lately, over the mean of those who review, in thousandths. */
  load: number
}

/** What all candidates for one change share. */
export type Shares = {
  /** The part of the files that nobody is known to know. */
  unknown: number
  /** Sum of the affinity of everybody to the author. */
  affinity: number
  /** Sum of the popularity of all members but the author, their prior included. */
  popularity: number
  /** How much a load counts. */
  loadWeight: number
}

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
  /** Was given much lately; never above 0. */
  load: number
}

/** How much the first of several seats minds a load, beside the others. */
const FIRST_SEAT_SHARE = 1 / 4

/**
 * Shares by which the first of several reviewers is chosen: somebody who knows the change, almost whatever their load. The others are people
 * with time, who learn it. So an expert sits beside somebody who is not worn out, which costs fewer hits than sparing both
 * (docs/backtest.md). Where there is one seat, it minds the load as much as any.
 */
export function forFirstSeat(shares: Shares): Shares {
  return { ...shares, loadWeight: shares.loadWeight * FIRST_SEAT_SHARE }
}

export const PATH_STEPS = 1_000_000
export const COUNT_STEPS = 1000
const AFFINITY_PRIOR = 5
export const POPULARITY_PRIOR = 0.02
const RECENT_PRIOR = 0.05
const AFFINITY_WEIGHT = 0.8
const POPULARITY_WEIGHT = -0.6
const RECENCY_WEIGHT = 0.3

/**
 * A log-linear blend of decayed path expertise, author-reviewer affinity, popularity and recency, minus a load term. The constants
 * were tuned on Apache Kafka and checked on other projects; docs/backtest.md has the figures.
 */
export function scoreParts(facts: Facts, shares: Shares): ScoreParts {
  return { ...skillParts(facts, shares), load: -burdenOf(facts.load, shares.loadWeight) }
}

export function scoreOf(facts: Facts, shares: Shares): number {
  return skillOf(facts, shares) - burdenOf(facts.load, shares.loadWeight)
}

/** `scoreOf` without the load: the part that is the same for every seat. */
export function skillOf(facts: Omit<Facts, 'load'>, shares: Shares): number {
  const { path, affinity, popularity, recency } = skillParts(facts, shares)
  return path + affinity + popularity + recency
}

function skillParts(facts: Omit<Facts, 'load'>, shares: Shares): Omit<ScoreParts, 'load'> {
  const prior = (facts.popularity / COUNT_STEPS + POPULARITY_PRIOR) / shares.popularity
  const familiar = (facts.affinity / COUNT_STEPS + AFFINITY_PRIOR * prior) / (shares.affinity + AFFINITY_PRIOR)
  return {
    path: Math.log(facts.path / PATH_STEPS + shares.unknown * prior),
    affinity: AFFINITY_WEIGHT * Math.log(familiar),
    popularity: POPULARITY_WEIGHT * Math.log(prior),
    recency: RECENCY_WEIGHT * Math.log(facts.recent / COUNT_STEPS + RECENT_PRIOR),
  }
}

/** What the load takes away. */
export function burdenOf(load: number, loadWeight: number): number {
  return loadWeight === 0 ? 0 : loadWeight * Math.log(1 + load / COUNT_STEPS)
}

/** The nearest whole number to one that is not negative. `Math.round` takes the runtime several times as long. */
export function nearest(value: number): number {
  return Math.floor(value + 0.5)
}
