import { afterAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { contextOf } from '../../app.ts'
import { compareIds } from '../../shared/ids.ts'
import { reviewPolicies, type ReviewPolicy } from '../../shared/roster.ts'
import type { Answer } from '../../testing/client.ts'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import { noViolations, violations } from '../../testing/invariants.ts'
import { startServer } from '../../testing/server.ts'
import { replayDecisions } from './index.ts'

type User = { team: string; isActive: boolean }
type Team = { policy: ReviewPolicy; wanted: number; last: string | null; deactivations: Deactivation[] }
type Move = { id: string; before: string[]; after: string[] }
type Deactivation = { id: string; userIds: string[]; moves: Move[]; isUndone: boolean }
type PullRequest = {
  author: string
  reviewers: string[]
  mergedAt: string | null
  decisions: number
  everAssigned: Set<string>
}
type Asked = { path: string; body: unknown }

/** What the service should know; ids are the same in it and over HTTP but for a prefix of the run. */
class World {
  readonly users = new Map<string, User>()
  readonly teams = new Map<string, Team>()
  readonly prs = new Map<string, PullRequest>()
  readonly keys = new Map<string, { asked: Asked; answer: Answer }>()

  membersOf(team: string): string[] {
    const found = [...this.users].filter(([, user]) => user.team === team)
    return found.map(([id]) => id).toSorted(compareIds)
  }

  isActive(id: string): boolean {
    return this.users.get(id)!.isActive
  }

  openReviewsOf(id: string): number {
    return [...this.prs.values()].filter((pr) => pr.mergedAt === null && pr.reviewers.includes(id)).length
  }

  /** Checks a choice as far as the policy leaves none, and remembers whose turn it was. */
  settleChoice(name: string, pr: PullRequest, candidates: string[], wanted: number, chosen: string[]): void {
    const team = this.teams.get(name)!
    const passedOver = candidates.filter((id) => !chosen.includes(id))
    expect(chosen).toHaveLength(Math.min(wanted, candidates.length))
    expect(candidates).toEqual(expect.arrayContaining(chosen))
    if (team.policy === 'least-loaded' && chosen.length > 0) {
      const most = Math.max(...chosen.map((id) => this.openReviewsOf(id)))
      expect(most).toBeLessThanOrEqual(Math.min(...passedOver.map((id) => this.openReviewsOf(id))))
    }
    if (team.policy === 'round-robin') {
      const later = candidates.filter((id) => team.last === null || compareIds(id, team.last) > 0)
      const inTurn = [...later, ...candidates.filter((id) => !later.includes(id))]
      expect(chosen).toEqual(inTurn.slice(0, wanted))
      team.last = chosen.at(-1) ?? team.last
    }
    pr.decisions++
    for (const id of chosen) pr.everAssigned.add(id)
  }
}

type Real = {
  post: (asked: Asked, key?: string) => Promise<Answer>
  get: (path: string, query: Record<string, string>) => Promise<Answer>
}
type Reading = fc.AsyncCommand<World, Real>
type Command = Reading & { ask: (world: World) => Asked; settle: (world: World, answer: Answer) => void }

function refused(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body?.error?.code }).toEqual({ status, code })
}

function succeeded(answer: Answer, status: number): void {
  expect([answer.status, answer.body.error]).toEqual([status, undefined])
}

/** A command whose request may depend on what there is when it is its turn. */
function command(label: string, ask: Command['ask'], settle: Command['settle']): Command {
  const run = async (world: World, real: Real) => settle(world, await real.post(ask(world)))
  return { ask, settle, check: () => true, run, toString: () => label }
}

function post(path: string, body: unknown, settle: Command['settle']): Command {
  return command(`${path} ${JSON.stringify(body)}`, () => ({ path, body }), settle)
}

/** The same command with an Idempotency-Key: done once, then answered from memory; another request is refused. */
function withKey(key: string, inner: Command): Command {
  const run = async (world: World, real: Real) => {
    const asked = inner.ask(world)
    const answer = await real.post(asked, key)
    const known = world.keys.get(key)
    if (known === undefined) {
      inner.settle(world, answer)
      world.keys.set(key, { asked, answer })
    } else if (Bun.deepEquals(known.asked, asked)) {
      expect([answer.status, answer.body]).toEqual([known.answer.status, known.answer.body])
    } else refused(answer, 409, 'IDEMPOTENCY_KEY_REUSED')
  }
  return { ...inner, run, toString: () => `${key}: ${inner.toString()}` }
}

function addTeam(team: string, members: readonly { id: string; isActive: boolean }[]): Command {
  const body = {
    team_name: team,
    members: members.map(({ id, isActive }) => ({ user_id: id, username: id, is_active: isActive })),
  }
  return post('/team/add', body, (world, answer) => {
    if (new Set(members.map(({ id }) => id)).size < members.length) return refused(answer, 400, 'INVALID_REQUEST')
    if (world.teams.has(team)) return refused(answer, 400, 'TEAM_EXISTS')
    succeeded(answer, 201)
    world.teams.set(team, { policy: 'least-loaded', wanted: 2, last: null, deactivations: [] })
    for (const { id, isActive } of members) world.users.set(id, { team, isActive })
  })
}

function create(id: string, author: string): Command {
  const body = { pull_request_id: id, pull_request_name: id, author_id: author }
  return post('/pullRequest/create', body, (world, answer) => {
    if (world.prs.has(id)) return refused(answer, 409, 'PR_EXISTS')
    const user = world.users.get(author)
    if (user === undefined) return refused(answer, 404, 'NOT_FOUND')
    succeeded(answer, 201)
    const candidates = world.membersOf(user.team).filter((one) => one !== author && world.isActive(one))
    const pr: PullRequest = { author, reviewers: [], mergedAt: null, decisions: 0, everAssigned: new Set() }
    const chosen: string[] = answer.body.pr.assigned_reviewers
    world.settleChoice(user.team, pr, candidates, world.teams.get(user.team)!.wanted, chosen)
    world.prs.set(id, { ...pr, reviewers: chosen })
  })
}

/** Replaces a user, or whoever is the reviewer at that place when there is one. */
function reassign(id: string, user: string, place: number | null): Command {
  const oldOf = (world: World) => (place === null ? user : (world.prs.get(id)?.reviewers[place] ?? user))
  const path = '/pullRequest/reassign'
  const ask = (world: World) => ({ path, body: { pull_request_id: id, old_user_id: oldOf(world) } })
  return command(`${path} ${id} ${user} or reviewer ${place}`, ask, (world, answer) => {
    const old = oldOf(world)
    const pr = world.prs.get(id)
    const team = world.users.get(old)?.team
    if (pr === undefined || team === undefined) return refused(answer, 404, 'NOT_FOUND')
    if (pr.mergedAt !== null) return refused(answer, 409, 'PR_MERGED')
    if (!pr.reviewers.includes(old)) return refused(answer, 409, 'NOT_ASSIGNED')
    const isFree = (one: string) => one !== pr.author && !pr.reviewers.includes(one) && world.isActive(one)
    const candidates = world.membersOf(team).filter(isFree)
    if (candidates.length === 0) return refused(answer, 409, 'NO_CANDIDATE')
    succeeded(answer, 200)
    const by: string = answer.body.replaced_by
    world.settleChoice(team, pr, candidates, 1, [by])
    pr.reviewers = pr.reviewers.map((one) => (one === old ? by : one))
    expect(answer.body.pr.assigned_reviewers).toEqual(pr.reviewers)
  })
}

function merge(id: string): Command {
  return post('/pullRequest/merge', { pull_request_id: id }, (world, answer) => {
    const pr = world.prs.get(id)
    if (pr === undefined) return refused(answer, 404, 'NOT_FOUND')
    succeeded(answer, 200)
    pr.mergedAt ??= answer.body.pr.mergedAt as string
    expect(answer.body.pr).toMatchObject({ status: 'MERGED', assigned_reviewers: pr.reviewers, mergedAt: pr.mergedAt })
  })
}

function setIsActive(id: string, isActive: boolean): Command {
  return post('/users/setIsActive', { user_id: id, is_active: isActive }, (world, answer) => {
    const user = world.users.get(id)
    if (user === undefined) return refused(answer, 404, 'NOT_FOUND')
    succeeded(answer, 200)
    user.isActive = isActive
    expect(answer.body.user).toEqual({ user_id: id, username: id, team_name: user.team, is_active: isActive })
  })
}

function setPolicy(name: string, policy: ReviewPolicy, wanted: number): Command {
  return post('/team/setPolicy', { team_name: name, policy, reviewers_wanted: wanted }, (world, answer) => {
    const team = world.teams.get(name)
    if (team === undefined) return refused(answer, 404, 'NOT_FOUND')
    succeeded(answer, 200)
    Object.assign(team, { policy, wanted })
  })
}

function deactivate(name: string, userIds: readonly string[] | null, isDryRun: boolean): Command {
  const body = { team_name: name, dry_run: isDryRun, ...(userIds === null ? {} : { user_ids: userIds }) }
  return post('/team/deactivateMembers', body, (world, answer) => {
    const members = world.membersOf(name)
    const leaving = userIds ?? members
    if (!world.teams.has(name) || leaving.some((id) => !members.includes(id))) return refused(answer, 404, 'NOT_FOUND')
    succeeded(answer, 200)
    const deactivated = members.filter((id) => leaving.includes(id) && world.isActive(id))
    expect(answer.body.deactivation.deactivated).toEqual(deactivated)
    const done = settleHandOvers(world, members, leaving, answer.body.deactivation.moves)
    if (isDryRun) return
    for (const id of deactivated) world.users.get(id)!.isActive = false
    for (const { move, given } of done) {
      const pr = world.prs.get(move.id)!
      pr.reviewers = move.after
      pr.decisions += given.length
      for (const id of given) if (id !== null) pr.everAssigned.add(id)
    }
    const id: string = answer.body.deactivation.deactivation_id
    const moves = done.map(({ move }) => move)
    world.teams.get(name)!.deactivations.push({ id, userIds: deactivated, moves, isUndone: false })
  })
}

type HandOver = { pull_request_id: string; from_user_id: string; to_user_id: string | null; reason: string | null }

/** Each open review of whoever leaves goes to the teammate with the fewest, or stays open where there is none. */
function settleHandOvers(world: World, members: string[], leaving: readonly string[], told: HandOver[]) {
  const staying = members.filter((id) => world.isActive(id) && !leaving.includes(id))
  const loads = new Map(staying.map((id) => [id, world.openReviewsOf(id)]))
  const touched = [...world.prs]
    .filter(([, pr]) => pr.mergedAt === null && pr.reviewers.some((id) => leaving.includes(id)))
    .toSorted(([a], [b]) => compareIds(a, b))
  const slots = touched.flatMap(([id, pr]) => pr.reviewers.map((from) => [id, from] as const))
  const expected = slots.filter(([, from]) => leaving.includes(from))
  expect(told.map((move) => [move.pull_request_id, move.from_user_id] as const)).toEqual(expected)
  return touched.map(([id, { author, reviewers }]) => {
    let after = [...reviewers]
    const given = told
      .filter((move) => move.pull_request_id === id)
      .map(({ from_user_id: from, to_user_id: to, reason }) => {
        const candidates = staying.filter((one) => one !== author && !after.includes(one))
        const why = staying.length === 0 ? 'NO_ACTIVE_TEAMMATE' : 'EVERY_TEAMMATE_EXCLUDED'
        expect([to === null, reason]).toEqual(candidates.length === 0 ? [true, why] : [false, null])
        if (to === null) after = after.filter((one) => one !== from)
        else {
          expect(candidates).toContain(to)
          expect(loads.get(to)).toBe(Math.min(...candidates.map((one) => loads.get(one)!)))
          loads.set(to, loads.get(to)! + 1)
          after = after.map((one) => (one === from ? to : one))
        }
        return to
      })
    return { move: { id, before: reviewers, after }, given }
  })
}

/** `back` counts from the latest; null leaves the choice of the latest that was not undone to the service. */
function undo(name: string, back: number | null): Command {
  const all = (world: World) => world.teams.get(name)?.deactivations ?? []
  const pick = (world: World) => (back === null ? all(world).findLast((d) => !d.isUndone) : all(world).at(-1 - back))
  const path = '/team/undoDeactivation'
  const idOf = (world: World) => (back === null ? {} : { deactivation_id: pick(world)?.id ?? 'none' })
  const ask = (world: World) => ({ path, body: { team_name: name, ...idOf(world) } })
  return command(`${path} ${name} ${back ?? 'latest'}`, ask, (world, answer) => {
    const found = pick(world)
    if (found === undefined) return refused(answer, 404, 'NOT_FOUND')
    if (found.isUndone) return refused(answer, 409, 'ALREADY_UNDONE')
    succeeded(answer, 200)
    settleUndo(world, name, found, answer.body.undo)
  })
}

function settleUndo(world: World, name: string, found: Deactivation, told: Answer['body']): void {
  found.isUndone = true
  const activated = world.membersOf(name).filter((id) => found.userIds.includes(id) && !world.isActive(id))
  expect(told.activated).toEqual(activated)
  for (const id of activated) world.users.get(id)!.isActive = true
  const available = world.membersOf(name).filter((id) => world.isActive(id))
  const restored: unknown[] = []
  const kept: unknown[] = []
  for (const { id, before, after } of found.moves) {
    const pr = world.prs.get(id)!
    const returning = before.filter((one) => !after.includes(one))
    const keep = (reason: string) => kept.push({ pull_request_id: id, reason })
    if (pr.reviewers.join() !== after.join()) keep('CHANGED_SINCE')
    else if (pr.mergedAt !== null) keep('PR_MERGED')
    else if (!returning.every((one) => available.includes(one))) keep('REVIEWER_NOT_AVAILABLE')
    else {
      restored.push({ pull_request_id: id, assigned_reviewers: before })
      pr.reviewers = before
      pr.decisions += returning.length
      for (const one of returning) pr.everAssigned.add(one)
    }
  }
  expect({ restored: told.restored, kept: told.kept }).toEqual({ restored, kept })
}

/** Compares all that can be read with the model. */
async function compare(world: World, real: Real): Promise<void> {
  for (const name of world.teams.keys()) {
    const { body } = await real.get('/team/get', { team_name: name })
    const members = world.membersOf(name).map((id) => ({ user_id: id, username: id, is_active: world.isActive(id) }))
    expect(body).toEqual({ team_name: name, members })
  }
  for (const [id, pr] of world.prs) {
    const { body } = await real.get('/pullRequest/get', { pull_request_id: id })
    expect(body).toMatchObject({ author_id: pr.author, assigned_reviewers: pr.reviewers, mergedAt: pr.mergedAt })
    const { body: history } = await real.get('/decision/get', { pull_request_id: id })
    const decisions: { assigned: string[] }[] = history.decisions
    expect(decisions).toHaveLength(pr.decisions)
    expect(new Set(decisions.flatMap(({ assigned }) => assigned))).toEqual(pr.everAssigned)
  }
  for (const id of world.users.keys()) {
    const { body } = await real.get('/users/getReview', { user_id: id })
    const reviewed = [...world.prs].filter(([, pr]) => pr.reviewers.includes(id)).map(([pr]) => pr)
    expect(body.pull_requests.map((one: Answer['body']) => one.pull_request_id)).toEqual(reviewed.toReversed())
  }
}

function whyNot(id: string, user: string): Reading {
  const run = async (world: World, real: Real) => {
    const answer = await real.get('/decision/whyNot', { pull_request_id: id, user_id: user })
    if (!world.prs.has(id) || !world.users.has(user)) return refused(answer, 404, 'NOT_FOUND')
    succeeded(answer, 200)
    expect(answer.body.reason === 'CHOSEN').toBe(world.prs.get(id)!.everAssigned.has(user))
  }
  return { check: () => true, run, toString: () => `/decision/whyNot ${id} ${user}` }
}

const users = fc.constantFrom(...'u0 u1 u2 u3 u4 u5 u6 u7 u8'.split(' '))
const teams = fc.constantFrom(...'t0 t0 t0 t1 t1 t1 t2 t3'.split(' '))
const prs = fc.constantFrom(...'p0 p1 p2 p3 p4 p5 p6'.split(' '))
const mostlyTrue = fc.nat(3).map((n) => n > 0)
const someUsers = fc.option(fc.uniqueArray(users, { minLength: 1, maxLength: 2 }), { freq: 6 })
const newMembers = fc.array(fc.record({ id: users, isActive: mostlyTrue }), { maxLength: 3 })
const creates = fc.tuple(prs, users).map((args) => create(...args))
const reassigns = fc.tuple(prs, users, fc.option(fc.nat(1), { freq: 4 })).map((args) => reassign(...args))
const undos = fc.tuple(teams, fc.option(fc.nat(1), { freq: 1 })).map((args) => undo(...args))
const merges = prs.map(merge)
const whys = fc.tuple(prs, users).map((args) => whyNot(...args))
const keyed = fc.oneof(creates, reassigns, merges, undos)
const switches = fc.tuple(users, mostlyTrue).map((args) => setIsActive(...args))
const wanted = fc.constantFrom(0, 1, 2, 2, 2)
const policyChanges = fc.tuple(teams, fc.constantFrom(...reviewPolicies), wanted).map((args) => setPolicy(...args))
const leaves = fc.tuple(teams, someUsers, mostlyTrue).map(([team, ids, isReal]) => deactivate(team, ids, !isReal))
const once = fc.tuple(fc.constantFrom('k0', 'k1', 'k2'), keyed).map((args) => withKey(...args))
const compares = fc.constant<Reading>({ check: () => true, run: compare })
const joins = fc.tuple(teams, newMembers).map((args) => addTeam(...args))
// oxfmt-ignore
const commands: fc.Arbitrary<Reading>[] = [
  creates, creates, creates, reassigns, reassigns, reassigns, leaves, leaves, leaves, undos, switches, switches,
  policyChanges, policyChanges, once, once, whys, merges, joins, compares,
]

function active(...names: string[]) {
  return names.map((id) => ({ id, isActive: true }))
}
const beginning = [
  addTeam('t0', active('u0', 'u1', 'u2', 'u3', 'u4')),
  addTeam('t1', active('u5', 'u6', 'u7')),
  ...['p0', 'p1', 'p2', 'p3'].map((id, index) => create(id, `u${2 * index}`)),
]

const database = await freshDatabase()
const api = startServer(database)
const db = connectTo(database, { poolSize: 2, statementTimeoutMs: 10_000 })
afterAll(() => db.close())

let run = 0

/** Every run has its own users, teams and pull requests in the one database. */
function realOfNextRun(): Real {
  const prefix = `run${++run}-`
  const there = <T>(value: T): T => JSON.parse(JSON.stringify(value).replace(/"([utp]\d)"/g, `"${prefix}$1"`)) as T
  const bodyOf = ({ body }: Answer): unknown => JSON.parse(JSON.stringify(body).replaceAll(prefix, ''))
  const back = (answer: Answer): Answer => ({ ...answer, body: bodyOf(answer) })
  return {
    post: async ({ path, body }, key) =>
      back(await api.post(path, there(body), key === undefined ? {} : { 'Idempotency-Key': prefix + key })),
    get: async (path, query) => back(await api.get(path, there(query))),
  }
}

test('whatever sequence of commands comes, every answer and everything kept is as the contract says', async () => {
  const sequences = fc.commands(commands, { maxCommands: 60, size: 'max' })
  await fc.assert(
    fc.asyncProperty(sequences, async (sequence) => {
      const model = new World()
      const real = realOfNextRun()
      for (const first of beginning) await first.run(model, real)
      await fc.asyncModelRun(() => ({ model, real }), sequence)
      await compare(model, real)
    }),
    { numRuns: 150 },
  )
}, 120_000)

test('afterwards no rule is broken by anything in the database, and every decision can be made again', async () => {
  const found = await violations(database)
  const report = await replayDecisions(contextOf(db))

  expect(found).toEqual(noViolations(found))
  expect(report.differences).toEqual([])
  expect(report.replayed).toBeGreaterThan(run)
})
