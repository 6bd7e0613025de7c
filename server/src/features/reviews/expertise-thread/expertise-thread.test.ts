import { afterAll, expect, test } from 'bun:test'
import { createRoster, type Roster } from '../../../shared/roster.ts'
import type { LandedChange } from '../domain/expertise/expertise-index.ts'
import { LocalExpertise } from '../domain/expertise/local-expertise.ts'
import { skillsOf, type Skills } from '../domain/expertise/skills.ts'
import { draw } from '../domain/seeded-random.ts'
import { ExpertiseThread } from './expertise-thread.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2025, 0, 6)

function rosterOf(teamName: string, userIds: readonly string[]): Roster {
  const members = userIds.map((userId) => ({ userId, isActive: true }))
  return createRoster({ teamName, version: 1, policy: 'expertise', members })
}

function changeAt(number: number): LandedChange {
  const person = (what: number) => `u${draw(number, what) % 7}`
  const files = [1, 2].map((at) => `src/${draw(number, at) % 3}/${draw(at, number) % 9}.ts`)
  const landedMs = START_MS + number * HOUR_MS
  return { authorId: person(3), reviewerIds: [person(4), person(5)], files, renames: [], deleted: [], landedMs }
}

function shown({ shares, skills, factsAt }: Skills): unknown {
  return { shares, skills: [...skills], facts: [...skills.keys()].map((position) => factsAt(position, 0)) }
}

type Wanted = Parameters<ExpertiseThread['askSkills']>[0]

function skillsBy(asked: ExpertiseThread, wanted: readonly Wanted[], atMs: number): Promise<(Skills | null)[]> {
  const pending = wanted.map((each) => asked.askSkills(each, atMs))
  return Promise.all(pending.map((each) => each.take()))
}

const thread = new ExpertiseThread(() => undefined)
afterAll(() => thread.end())

test('tells of each team what the index here would, bit for bit, also after people have joined', async () => {
  const local = new LocalExpertise()
  const [web, core] = [rosterOf('web', ['u0', 'u1', 'u2']), rosterOf('core', ['u3', 'u4', 'u5', 'u6', 'new'])]
  const larger = rosterOf('web', ['u0', 'u1', 'u2', 'u3'])
  const atMs = START_MS + 1000 * HOUR_MS
  const asked = [web, core, larger, core, web].map((roster, number) => ({ roster, ...changeAt(500 + number) }))
  for (const part of [0, 1, 2]) {
    const changes = Array.from({ length: 50 }, (_, number) => changeAt(part * 50 + number))
    for (const change of changes) {
      local.learn(change)
      thread.learn(change)
    }
    for (const each of asked) {
      const [told] = await skillsBy(thread, [each], atMs)
      expect(shown(told!)).toEqual(shown(skillsOf(local.index, { ...each, atMs }, each.roster)))
    }
    const together = await skillsBy(thread, asked.slice(0, 2), atMs)
    expect(together.map((each) => shown(each!))).toEqual(
      asked.slice(0, 2).map((each) => shown(skillsOf(local.index, { ...each, atMs }, each.roster))),
    )
  }

  expect(await thread.size()).toMatchObject({ changes: 150, people: local.index.size.people })
  expect((await thread.knowersOf(['src/0/1.ts', 'none.ts'], atMs))!.map((knowers) => knowers.length > 0)).toEqual([
    true,
    false,
  ])
})

test('that broke answers nothing any more, neither what was asked before nor what is asked after', async () => {
  const ended = Promise.withResolvers<Error | null>()
  const broken = new ExpertiseThread(ended.resolve)
  const roster = rosterOf('web', ['u0'])
  expect(await broken.askSkills({ roster, authorId: 'u0', files: [] }, START_MS).take()).not.toBeNull()
  const answers = [
    broken.knowersOf(null as never, START_MS),
    broken.askSkills({ roster, authorId: 'u0', files: [] }, START_MS).take(),
  ]

  expect(await ended.promise).toBeInstanceOf(Error)
  expect(await Promise.all(answers)).toEqual([null, null])
  expect(await broken.size()).toBeNull()
})
