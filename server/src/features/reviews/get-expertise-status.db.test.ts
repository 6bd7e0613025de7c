import { expect, test } from 'bun:test'
import { aPullRequest, aTeam } from '../../testing/builders.ts'
import { freshDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'

const api = startServer(await freshDatabase())

async function status() {
  const { status: code, body } = await api.get('/expertise/status')
  expect(code).toBe(200)
  return body as { state: string; changes: number; places: number; people: number }
}

test('who knows what is not asked of the database while no team goes by it', async () => {
  await aTeam(api, { name: 'payments', members: ['ada', 'bob', 'cleo'] })

  expect(await status()).toEqual({ state: 'unneeded', changes: 0, places: 0, people: 0 })
})

test('once a team tries the policy, what was merged is learned', async () => {
  const files = [{ path: 'src/search/index.ts' }]
  await api.post('/pullRequest/create', { ...aPullRequest({ id: 'pr-1', author: 'ada' }), files })
  await api.post('/pullRequest/merge', { pull_request_id: 'pr-1' })
  await api.post('/team/setPolicy', { team_name: 'payments', trial_policy: 'expertise' })
  await api.post('/pullRequest/create', { ...aPullRequest({ id: 'pr-2', author: 'ada' }), files })
  let seen = await status()
  while (seen.state !== 'current') {
    await Bun.sleep(20)
    seen = await status()
  }

  expect(seen).toMatchObject({ state: 'current', changes: 1, people: 3 })
  expect(seen.places).toBeGreaterThanOrEqual(1)
})

test('a field it does not know is refused', async () => {
  expect((await api.get('/expertise/status', { team_name: 'payments' })).status).toBe(400)
})
