import { createRoster, type RosterMember } from '../../../shared/roster.ts'
import type { Circumstance } from './circumstances.ts'
import { lookedAt, type Decision, type Exclusion } from './decision.ts'
import type { Facts, Shares } from './expertise/score.ts'
import { lookAt } from './policies/look.ts'

type StoredLookedAt = [userId: string, openReviews: number, exclusion?: Exclusion]
type StoredCircumstances = { isAccompanied: boolean; of: readonly (readonly [index: number, Circumstance])[] }
type StoredKnowledge = { shares: Shares; facts: readonly number[] }

/**
 * Who was looked at stands in the record by name only where it was no matter of the roster; else by position, or not at all where the
 * roster of that version and the seed tell it.
 */
type StoredDecision = Omit<Decision, 'people' | 'openReviews' | 'positions' | 'circumstances' | 'knowledge'> &
  ({ openReviews: readonly number[] } | { lookedAt: readonly StoredLookedAt[] }) & {
    positions?: readonly number[]
    circumstances?: StoredCircumstances
    knowledge?: StoredKnowledge
  }

const factNames = ['path', 'affinity', 'popularity', 'recent', 'load'] as const satisfies (keyof Facts)[]

export function encodeDecision(decision: Decision): string {
  const { people: _, openReviews, positions, circumstances, knowledge, ...rest } = decision
  const stored: StoredDecision = {
    ...rest,
    ...(looksAtRoster(decision) ? { openReviews } : { lookedAt: lookedAt(decision).map(asStoredLookedAt) }),
  }
  if (positions !== null) stored.positions = positions
  if (circumstances !== null) stored.circumstances = asStoredCircumstances(circumstances)
  if (knowledge !== null) stored.knowledge = asStoredKnowledge(knowledge)
  return JSON.stringify(stored)
}

/** A hand-over looks at a short list that its plan made; a restored or a chosen review at nobody. */
export function looksAtRoster({ kind }: Pick<Decision, 'kind'>): boolean {
  return kind === 'create' || kind === 'reassign' || kind === 'fill'
}

function asStoredLookedAt({ userId, openReviews, exclusion }: ReturnType<typeof lookedAt>[number]): StoredLookedAt {
  return exclusion === null ? [userId, openReviews] : [userId, openReviews, exclusion]
}

function asStoredCircumstances({ isAccompanied, of }: NonNullable<Decision['circumstances']>): StoredCircumstances {
  return { isAccompanied, of: of.flatMap((each, index) => (each === null ? [] : [[index, each] as const])) }
}

function asStoredKnowledge({ shares, facts }: NonNullable<Decision['knowledge']>): StoredKnowledge {
  const inOrder: number[] = []
  for (const { path, affinity, popularity, recent, load } of facts) {
    inOrder.push(path, affinity, popularity, recent, load)
  }
  return { shares, facts: inOrder }
}

/** What has to be known beside a record to read it: the members of the team at the roster version of the decision. */
export type MembersAt = (teamName: string, rosterVersion: number) => Promise<readonly RosterMember[]>

/** The inverse of `encodeDecision`; takes the stored JSON already parsed. */
export async function decodeDecision(stored: unknown, membersAt: MembersAt): Promise<Decision> {
  const { positions = null, circumstances, knowledge, ...record } = stored as StoredDecision
  const looked = 'lookedAt' in record ? peopleNamed(record.lookedAt) : await peopleOf(record, positions, membersAt)
  const { lookedAt: _, ...rest } = record as typeof record & { lookedAt?: unknown }
  return {
    ...rest,
    ...looked,
    positions,
    circumstances: circumstances === undefined ? null : readCircumstances(circumstances, looked.people.length),
    knowledge: knowledge === undefined ? null : readKnowledge(knowledge),
  }
}

type People = Pick<Decision, 'people' | 'openReviews'>

function peopleNamed(looked: readonly StoredLookedAt[]): People {
  return {
    people: looked.map(([userId, , exclusion]) => ({ userId, isActive: exclusion !== 'INACTIVE' })),
    openReviews: looked.map(([, openReviews]) => openReviews),
  }
}

async function peopleOf(
  record: Omit<Decision, 'people' | 'circumstances' | 'knowledge' | 'positions'>,
  positions: readonly number[] | null,
  membersAt: MembersAt,
): Promise<People> {
  const { teamName, rosterVersion: version, policy, lastInRotation, seed, openReviews } = record
  const members = await membersAt(teamName, version)
  const roster = createRoster({ teamName, version, policy, members })
  const looked = positions ?? lookAt({ roster, lastInRotation, openReviewsAt: () => 0 }, record, seed)
  return { people: looked.map((position) => members[position]!), openReviews }
}

function readCircumstances({ isAccompanied, of }: StoredCircumstances, people: number): Decision['circumstances'] {
  const all = new Map(of)
  return { isAccompanied, of: Array.from({ length: people }, (_, index) => all.get(index) ?? null) }
}

function readKnowledge({ shares, facts }: StoredKnowledge): Decision['knowledge'] {
  const people = Array.from({ length: facts.length / factNames.length }, (_, index) => {
    const [path, affinity, popularity, recent, load] = facts.slice(index * factNames.length) as [
      number,
      number,
      number,
      number,
      number,
    ]
    return { path, affinity, popularity, recent, load }
  })
  return { shares, facts: people }
}
