import { expect, test } from 'bun:test'
import { createRoster, type Roster } from '../../../../shared/roster.ts'
import { decide } from '../decide.ts'
import { encodeDecision } from '../decision-record.ts'
import type { Decision } from '../decision.ts'
import { draw } from '../seeded-random.ts'
import { rankedIds } from '../why-not.ts'
import { LocalExpertise } from './local-expertise.ts'
import { scoreOf } from './score.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2025, 0, 6)

function rosterOf(count: number): Roster {
  const members = Array.from({ length: count }, (_, index) => ({
    userId: `u${String(index).padStart(4, '0')}`,
    isActive: true,
  }))
  return createRoster({ teamName: 'team', version: 1, policy: 'expertise', members })
}

/** What a team has done in a year, each in the part of the code that is theirs. */
function learnedBy({ members }: Roster, changes: number): LocalExpertise {
  const local = new LocalExpertise()
  const idAt = (position: number) => members[position % members.length]!.userId
  for (let change = 0; change < changes; change++) {
    const files = Array.from({ length: 1 + (change % 7) }, (_, at) => pathOf(draw(at, change)))
    const reviewerIds = [idAt(draw(1, change)), idAt(draw(2, change) % 40)]
    const landedMs = START_MS + change * HOUR_MS
    local.learn({ authorId: idAt(draw(3, change)), reviewerIds, files, renames: [], deleted: [], landedMs })
  }
  return local
}

function pathOf(number: number): string {
  return `src/part-${number % 23}/piece-${number % 101}/file-${number % 997}.ts`
}

function decideBy(local: LocalExpertise, roster: Roster, files: readonly string[], authorId: string): Decision {
  const atMs = START_MS + 9000 * HOUR_MS
  const knowledge = local.knowledgeOf(roster, { authorId, files, atMs }, 1)
  const request = { kind: 'create', authorId, wanted: 2, keptIds: [], replacedId: null, knowledge } as const
  return decide({ roster, openReviewsAt: () => 0, lastInRotation: null }, request, 7)
}

test('of 200 people and 20 files whoever is looked at has a score, and those of the team who know most are looked at', () => {
  const roster = rosterOf(200)
  const local = learnedBy(roster, 8000)
  const files = Array.from({ length: 20 }, (_, at) => pathOf(draw(at, 77)))
  const decision = decideBy(local, roster, files, 'u0003')
  const { facts, shares } = decision.knowledge!

  expect(decision.assignedIds).toHaveLength(2)
  expect(rankedIds(decision).length).toBeGreaterThanOrEqual(10)
  expect(facts.every((each) => Number.isFinite(scoreOf(each, shares)))).toBeTrue()
  expect(facts.some(({ path }) => path > 0)).toBeTrue()
  expect(encodeDecision(decision).length).toBeLessThan(3000)
})

test('somebody alone in a team has scores that a record can hold, though nobody could be chosen', () => {
  const roster = rosterOf(1)
  const decision = decideBy(new LocalExpertise(), roster, ['src/a.ts'], 'u0000')
  const { facts, shares } = decision.knowledge!

  expect(decision.assignedIds).toEqual([])
  expect(scoreOf(facts[0]!, shares)).toBeFinite()
})
