import { createRoster, type RosterMember } from '../../../shared/roster.ts'
import { lookedAt, type Decision, type Exclusion } from './decision.ts'
import { policies } from './policies/index.ts'

type StoredLookedAt = [userId: string, openReviews: number, exclusion?: Exclusion]
/** Who was looked at stands in the record only where the roster of that version and the seed do not tell it. */
type StoredDecision = Omit<Decision, 'people' | 'openReviews'> &
  ({ openReviews: readonly number[] } | { lookedAt: readonly StoredLookedAt[] })

export function encodeDecision({ people, openReviews, ...decision }: Decision): string {
  if (looksAtRoster(decision)) return JSON.stringify({ ...decision, openReviews } satisfies StoredDecision)
  const looked = lookedAt({ ...decision, people, openReviews })
  const stored = looked.map((one): StoredLookedAt =>
    one.exclusion === null ? [one.userId, one.openReviews] : [one.userId, one.openReviews, one.exclusion],
  )
  return JSON.stringify({ ...decision, lookedAt: stored } satisfies StoredDecision)
}

/** A hand-over looks at a short list that its plan made, and a restored review at nobody. */
export function looksAtRoster({ kind }: Pick<Decision, 'kind'>): boolean {
  return kind === 'create' || kind === 'reassign'
}

/** What has to be known beside a record to read it: the members of the team at the roster version of the decision. */
export type MembersAt = (teamName: string, rosterVersion: number) => Promise<readonly RosterMember[]>

/** The inverse of `encodeDecision`; takes the stored JSON already parsed. */
export async function decodeDecision(stored: unknown, membersAt: MembersAt): Promise<Decision> {
  const record = stored as StoredDecision
  if ('lookedAt' in record) {
    const { lookedAt: looked, ...rest } = record
    return {
      ...rest,
      people: looked.map(([userId, , exclusion]) => ({ userId, isActive: exclusion !== 'INACTIVE' })),
      openReviews: looked.map(([, openReviews]) => openReviews),
    }
  }
  const { teamName, rosterVersion, policy, wanted, seed, lastInRotation } = record
  const members = await membersAt(teamName, rosterVersion)
  const roster = createRoster({ teamName, version: rosterVersion, policy, reviewersWanted: wanted, members })
  const people = policies[policy].look({ roster, lastInRotation }, seed).map((position) => members[position]!)
  return { ...record, people }
}
