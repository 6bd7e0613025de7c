import { afterAll, expect, test } from 'bun:test'
import { addFeatures, contextOf } from '../../app.ts'
import { createApi, type ApiEnv } from '../../infra/http/api.ts'
import { createLogger } from '../../infra/telemetry/logger.ts'
import { createRoster } from '../../shared/roster.ts'
import { aTeam } from '../../testing/builders.ts'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'
import { expertise } from '../simulation/rankers/index.ts'
import { decide } from './domain/decide.ts'
import type { Decision } from './domain/decision.ts'
import { effortOf } from './domain/effort.ts'
import { LocalExpertise } from './domain/expertise/local-expertise.ts'
import { scoreOf } from './domain/expertise/score.ts'
import { decideAgain } from './domain/replay.ts'
import { draw, seedFrom } from './domain/seeded-random.ts'
import { rankedIds } from './domain/why-not.ts'
import { getDecision } from './get-decision.ts'
import { replayDecisions } from './replay-decisions.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2025, 0, 6)
const LOAD_WEIGHT = 0.7
const team = Array.from({ length: 12 }, (_, index) => `u${String(index + 1).padStart(2, '0')}`)
/** Some of those who wrote and reviewed have left. */
const everybody = [...team, 'left-1', 'left-2', 'left-3']
const folders = ['src/db', 'src/db/pool', 'src/web', 'docs', 'src']

type Change = ReturnType<typeof changeAt>

/** The same change for the same number. */
function changeAt(number: number) {
  const roll = (what: string, bound: number) => draw(number, seedFrom(what)) % bound
  const authorId = everybody[roll('author', everybody.length)]!
  const reviewers = [1, 2].map((seat) => everybody[roll(`reviewer ${seat}`, everybody.length)]!)
  const paths = [1, 2, 3].map((at) => `${folders[roll(`folder ${at}`, 5)]}/${roll(`file ${at}`, 9)}.ts`)
  return {
    id: `change-${String(number).padStart(3, '0')}`,
    authorId,
    reviewerIds: [...new Set(reviewers)].filter((id) => id !== authorId),
    files: [...new Set(paths)],
    renames: number % 20 === 0 ? [['src/web/1.ts', `src/web/renamed-${number}.ts`] as const] : [],
    deleted: number % 33 === 0 ? ['docs/2.ts'] : [],
    landedMs: START_MS + number * DAY_MS + roll('ms', DAY_MS),
    lines: roll('lines', 600),
  }
}

function asLine({ id, authorId, reviewerIds, files, renames, deleted, landedMs }: Change): string {
  const at = new Date(landedMs).toISOString()
  return `${JSON.stringify({ pr: id, at, author: authorId, reviewers: reviewerIds, files, renames, deleted })}\n`
}

/** Everybody ranked with their score, of which JSON tells every bit. */
function scoresOf(decision: Decision): string[] {
  const { people, knowledge } = decision
  return rankedIds(decision).map((userId) => {
    const index = people.findIndex((person) => person.userId === userId)
    return JSON.stringify([userId, scoreOf(knowledge!.facts[index]!, knowledge!.shares)])
  })
}

/** What the backtest does, on an index of its own. */
function backtestOf(history: readonly Change[]) {
  const local = new LocalExpertise()
  for (const change of history) local.learn(change)
  const members = team.map((userId) => ({ userId, isActive: true }))
  const roster = createRoster({ teamName: 'everybody', version: 1, policy: 'expertise', members })
  return ({ id, authorId, files, lines }: Change, atMs: number): Decision => {
    const knowledge = local.knowledgeOf(roster, { authorId, files, atMs }, LOAD_WEIGHT)
    const request = { kind: 'create', authorId, wanted: 2, keptIds: [], replacedId: null, knowledge } as const
    const decision = decide({ roster, openReviewsAt: () => 0, lastInRotation: null }, request, seedFrom(id))
    local.assign(decision.assignedIds, atMs, effortOf(lines))
    return decision
  }
}

const database = await freshDatabase()
const server = startServer(database)
const db = connectTo(database, { poolSize: 4, statementTimeoutMs: 10_000 })

/** The features of production, with a clock and a seed that the test sets. */
const given = { nowMs: 0, seed: 0 }
const api = createApi()
const { reviews } = addFeatures(api, { ...contextOf(db), nowMs: () => given.nowMs, nextSeed: () => given.seed })
afterAll(async () => {
  await reviews.expertise.close()
  await db.close()
})

const bindings: ApiEnv['Bindings'] = {
  actor: { kind: 'local' },
  requestId: 'test',
  maxBodyBytes: 100_000,
  uploads: { maxBytes: 0, stopping: new AbortController().signal, log: createLogger('silent', false) },
  waiveTimeLimit: () => undefined,
}

async function openPullRequest({ id, authorId, files, lines }: Change): Promise<string[]> {
  given.seed = seedFrom(id)
  const changed = files.map((path, place) => ({ path, added: place === 0 ? lines : 0, deleted: 0 }))
  const body = JSON.stringify({ pull_request_id: id, pull_request_name: id, author_id: authorId, files: changed })
  const headers = { 'Content-Type': 'application/json' }
  const response = await api.request('/pullRequest/create', { method: 'POST', headers, body }, bindings)
  expect(response.status).toBe(201)
  const { pr } = (await response.json()) as { pr: { assigned_reviewers: string[] } }
  return pr.assigned_reviewers
}

test('production, backtest and replay rank the same people in the same order with the same scores, to the last bit', async () => {
  const history = Array.from({ length: 200 }, (_, number) => changeAt(number))
  const asked = Array.from({ length: 400 }, (_, number) => changeAt(1000 + number))
    .filter(({ authorId }) => team.includes(authorId))
    .slice(0, 40)
  const landedMs = Math.max(...history.map((change) => change.landedMs))
  await aTeam(server, { name: 'crew', members: team })
  const policy = { team_name: 'crew', policy: 'expertise', reviewers_wanted: 2, load_weight: LOAD_WEIGHT }
  expect((await server.post('/team/setPolicy', policy)).status).toBe(200)
  const imported = await fetch(`${server.url}/history/import`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: history.toReversed().map(asLine).join(''),
  })
  expect(imported.status).toBe(200)
  given.nowMs = landedMs + HOUR_MS
  await reviews.expertise.catchUp()
  expect(reviews.expertise.status).toMatchObject({ state: 'current', changes: 200 })

  const backtest = backtestOf(history)
  const ranker = expertise(LOAD_WEIGHT)
  for (const change of history) ranker.learn({ ...change, openedMs: change.landedMs })
  for (const change of asked) {
    given.nowMs += 7 * HOUR_MS
    const reviewers = await openPullRequest(change)
    const question = { ...change, openedMs: given.nowMs, wanted: 2 }
    const ranked = ranker.rank(
      question,
      team.filter((id) => id !== change.authorId),
    )
    const inBacktest = backtest(change, given.nowMs)
    const [record] = await getDecision(reviews, { kind: 'local' }, { pullRequestId: change.id })
    const stored = record!.decision
    const shown = (await server.get('/decision/get', { pull_request_id: change.id })).body.decisions[0].candidates

    expect(scoresOf(stored)).toEqual(scoresOf(inBacktest))
    expect(scoresOf(decideAgain(stored))).toEqual(scoresOf(stored))
    expect(rankedIds(stored)).toEqual([...ranked])
    expect(stored.assignedIds).toEqual(inBacktest.assignedIds)
    expect(reviewers).toEqual([...stored.assignedIds])
    const shownScores = new Map<string, number>()
    for (const { user_id: id, rank, score } of shown) if (rank !== null) shownScores.set(id, score.total)
    expect(rankedIds(stored).map((id) => JSON.stringify([id, shownScores.get(id)]))).toEqual(scoresOf(stored))
  }

  expect(await replayDecisions(reviews)).toEqual({ replayed: asked.length, differences: [] })
})
