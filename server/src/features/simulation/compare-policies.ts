import type { Actor } from '../../shared/actor.ts'
import type { ReviewPolicy } from '../../shared/roster.ts'
import { unknownTeam } from '../people/index.ts'
import { Trial, type TrialFigures } from './measures/trial.ts'
import {
  listActiveIds,
  listTrialDecisions,
  listTrialTeams,
  type TrialDecision,
  type TrialPlace,
  type TrialWindow,
} from './queries/trials.ts'
import type { Simulations } from './simulations.ts'

/** Beyond these only the newest count. */
export const MAX_TRIAL_DECISIONS = 200_000
export const MAX_TRIALS = 100
const PAGE = 2000

/** Without `to`, all until now. */
export type CompareQuestion = TrialWindow & { limit: number }

type Policies = { teamName: string; policy: ReviewPolicy; trialPolicy: ReviewPolicy }
export type Difference = Policies & TrialPlace & Pick<TrialDecision, 'actingIds' | 'trialIds'>

export type PolicyComparison = {
  decisions: number
  /** Whether there are more than were counted. */
  isCut: boolean
  trials: readonly (Policies & TrialFigures)[]
  /** The newest first. */
  differences: readonly Difference[]
}

type Deps = Pick<Simulations, 'db' | 'workspaceId'>

/** What the trial policies of teams would have done in a window of time, beside what was done. */
export async function comparePolicies(deps: Deps, _actor: Actor, question: CompareQuestion): Promise<PolicyComparison> {
  const { teamName, limit } = question
  const teams = await listTrialTeams(deps.db, deps.workspaceId, question, MAX_TRIAL_DECISIONS)
  if (teamName !== null && teams.length === 0) throw unknownTeam(teamName)
  const trials: (Policies & TrialFigures)[] = []
  const differences: Difference[] = []
  for (const { teamName: name, since } of teams) {
    if (since === null) continue
    const compared = await compareTeam(deps, { ...question, teamName: name, from: since })
    trials.push(...compared.trials)
    differences.push(...compared.differences)
  }
  return {
    decisions: trials.reduce((sum, { decisions }) => sum + decisions, 0),
    isCut: teams.some(({ isCut }) => isCut),
    trials: trials.toSorted((a, b) => b.decisions - a.decisions).slice(0, MAX_TRIALS),
    differences: newest(differences, limit),
  }
}

async function compareTeam(
  deps: Deps,
  window: CompareQuestion & { teamName: string },
): Promise<Pick<PolicyComparison, 'trials' | 'differences'>> {
  const { teamName, limit } = window
  const trials = new Map<string, Policies & { trial: Trial }>()
  let differences: Difference[] = []
  for await (const page of pagesOf(deps, window)) {
    for (const decision of page) {
      const { policy, trialPolicy, actingIds, trialIds } = decision
      // Nobody was wanted, as in a draft, or nobody could be asked: that says nothing of either policy.
      if (actingIds.length === 0 && trialIds.length === 0) continue
      const key = `${policy} ${trialPolicy}`
      const known = trials.get(key) ?? { teamName, policy, trialPolicy, trial: new Trial() }
      trials.set(key, known)
      if (!known.trial.add(decision)) differences.push({ teamName, ...decision })
    }
    differences = newest(differences, limit)
  }
  if (trials.size === 0) return { trials: [], differences }
  const activeIds = await listActiveIds(deps.db, deps.workspaceId, teamName)
  return {
    trials: [...trials.values()].map(({ trial, ...policies }) => ({ ...policies, ...trial.figures(activeIds) })),
    differences,
  }
}

async function* pagesOf(
  { db, workspaceId }: Deps,
  { teamName, from, to }: CompareQuestion & { teamName: string },
): AsyncGenerator<TrialDecision[]> {
  for (let after: TrialPlace = { decidedAt: from, pullRequestId: '', number: 0 }; ;) {
    const page: TrialDecision[] = await listTrialDecisions(db, workspaceId, { teamName, after, to, limit: PAGE })
    yield page
    if (page.length < PAGE) return
    after = page.at(-1)!
  }
}

/** All times have the same length, so that texts compare as times. */
function newest(differences: readonly Difference[], limit: number): Difference[] {
  return differences.toSorted((a, b) => (a.decidedAt < b.decidedAt ? 1 : -1)).slice(0, limit)
}
