import type { Decision } from './domain/decision.ts'

type Outcome = 'filled' | 'short' | 'none'
export type DecisionCount = { policy: string; outcome: Outcome; count: number }

/** Counts what this process decided and wrote, by policy and by whether there was somebody for every seat. */
export class DecisionFigures {
  readonly #counts = new Map<string, DecisionCount>()

  add(decisions: readonly Pick<Decision, 'policy' | 'policyVersion' | 'assignedIds' | 'wanted'>[]): void {
    for (const { policy, policyVersion, assignedIds, wanted } of decisions) {
      // Somebody's own choice was no decision of a policy.
      if (policyVersion === 0) continue
      const outcome = assignedIds.length >= wanted ? 'filled' : assignedIds.length === 0 ? 'none' : 'short'
      const key = `${policy} ${outcome}`
      const counted = this.#counts.get(key)
      if (counted === undefined) this.#counts.set(key, { policy, outcome, count: 1 })
      else counted.count++
    }
  }

  get counts(): DecisionCount[] {
    return [...this.#counts.values()]
  }
}
