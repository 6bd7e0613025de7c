import { rounded, timedMs } from '../figures.ts'
import { shown } from '../report/table.ts'
import { figure, inParallel, member, pullRequest, simpleScenario, type Figures } from '../scenario.ts'
import type { BenchServer } from '../server.ts'

const POLICIES = ['least-loaded', 'random', 'round-robin'] as const
const TEAM_SIZES = [3, 20, 64, 300] as const
const DECISIONS = 10_000

export const replay = simpleScenario({
  name: 'replay',
  promise: '10,000 recorded decisions, decided again by another process, differ in none',
  measure,
  holds: (figures) => figure(figures, 'replayed') >= DECISIONS && figure(figures, 'differing') === 0,
  measured: (figures) => `${figure(figures, 'differing')} of ${shown(figure(figures, 'replayed'))} differ`,
})

async function measure(server: BenchServer): Promise<Figures> {
  const teams = POLICIES.flatMap((policy) =>
    TEAM_SIZES.map((size) => ({ name: `replay-${policy}-${size}`, policy, size })),
  )
  for (const { name, policy, size } of teams) {
    const members = Array.from({ length: size }, (_, index) => member(`${name}-${index}`, index % 9 !== 5))
    await server.post('/team/add', { team_name: name, members })
    await server.post('/team/setPolicy', { team_name: name, policy })
  }
  const numbers = Array.from({ length: DECISIONS }, (_, index) => index)
  await inParallel(numbers, 60, async (index) => {
    const { name, size } = teams[index % teams.length]!
    await server.post('/pullRequest/create', pullRequest(`replay-${index}`, `${name}-${index % size}`))
    if (index % 3 === 0) await server.post('/pullRequest/merge', { pull_request_id: `replay-${index}` })
    if (index % 50 === 0) {
      await server.post('/users/setIsActive', { user_id: `${name}-0`, is_active: index % 100 === 0 })
    }
  })
  let report = { replayed: 0, differing: 0 }
  const ms = await timedMs(async () => {
    report = JSON.parse(await server.runCommand('cli/replay.ts', '--json')) as typeof report
  })
  return { replayed: report.replayed, differing: report.differing, seconds: rounded(ms / 1000) }
}
