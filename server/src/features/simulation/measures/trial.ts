import type { TrialDecision } from '../queries/trials.ts'
import { Named, type Spread } from './named.ts'

/** Of some reviewers, how many each policy had named. */
export type Hits = { reviewers: number; acting: number; trial: number }

/** What a trial policy would have done beside the one that acted. */
export type TrialFigures = {
  decisions: number
  firstAt: string
  lastAt: string
  /** From 0 to 1; null where nobody was named. */
  seatAgreement: number
  decisionAgreement: number
  acting: Spread
  trial: Spread
  /** Of merged pull requests whose reviewers somebody changed: those who stayed to the end, and of them those chosen by a person. */
  changed: { decisions: number; final: Hits; chosen: Hits }
}

const BUSIEST = 20

/** Counts decisions of one team and of one pair of policies. */
export class Trial {
  readonly #acting = new Named()
  readonly #trial = new Named()
  readonly #final: Hits = { reviewers: 0, acting: 0, trial: 0 }
  readonly #chosen: Hits = { reviewers: 0, acting: 0, trial: 0 }
  #decisions = 0
  #sameDecisions = 0
  #seats = 0
  #sameSeats = 0
  #changed = 0
  #firstAt = ''
  #lastAt = ''

  /** Calls come in time order; whether the two policies named the same people. */
  add(decision: TrialDecision): boolean {
    const { actingIds, trialIds, decidedAt, finalIds } = decision
    const atMs = Date.parse(decidedAt)
    const same = countIn(actingIds, trialIds)
    const seats = Math.max(actingIds.length, trialIds.length)
    this.#firstAt ||= decidedAt
    this.#lastAt = decidedAt
    this.#decisions++
    this.#seats += seats
    this.#sameSeats += same
    if (same === seats) this.#sameDecisions++
    this.#acting.add(actingIds, atMs)
    this.#trial.add(trialIds, atMs)
    if (finalIds !== null) this.#addChanged(decision, finalIds)
    return same === seats
  }

  /** Evenness is measured over whoever either named and these others, who could have been. */
  figures(otherIds: Iterable<string>): TrialFigures {
    const people = new Set([...otherIds, ...this.#acting.ids, ...this.#trial.ids])
    return {
      decisions: this.#decisions,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      seatAgreement: this.#sameSeats / this.#seats,
      decisionAgreement: this.#sameDecisions / this.#decisions,
      acting: this.#acting.spreadOver(people, BUSIEST),
      trial: this.#trial.spreadOver(people, BUSIEST),
      changed: { decisions: this.#changed, final: { ...this.#final }, chosen: { ...this.#chosen } },
    }
  }

  #addChanged({ actingIds, trialIds, chosenIds }: TrialDecision, finalIds: readonly string[]): void {
    this.#changed++
    count(this.#final, finalIds, actingIds, trialIds)
    count(this.#chosen, chosenIds ?? [], actingIds, trialIds)
  }
}

function count(hits: Hits, ids: readonly string[], actingIds: readonly string[], trialIds: readonly string[]): void {
  hits.reviewers += ids.length
  hits.acting += countIn(ids, actingIds)
  hits.trial += countIn(ids, trialIds)
}

function countIn(ids: readonly string[], others: readonly string[]): number {
  return ids.filter((id) => others.includes(id)).length
}
