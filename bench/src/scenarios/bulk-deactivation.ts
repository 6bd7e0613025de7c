import { percentile, rounded, timedMs } from '../figures.ts'
import { shown } from '../report/table.ts'
import { figure, inParallel, member, pullRequest, simpleScenario, type Figures } from '../scenario.ts'
import type { BenchServer } from '../server.ts'

const TEAM = 'leavers'
const LEAVING = Array.from({ length: 200 }, (_, index) => `leaving-${index}`)
const STAYING = Array.from({ length: 200 }, (_, index) => `staying-${index}`)
const PULL_REQUESTS = 500

export const bulkDeactivation = simpleScenario({
  name: 'bulk-deactivation',
  promise: '200 members with 1,000 open reviews are deactivated in under 100 ms at the median, and evenly',
  measure,
  holds: (figures) =>
    figure(figures, 'p50_ms') < 100 && figure(figures, 'moved') === 1000 && figure(figures, 'spread_of_receivers') <= 1,
  measured: (figures) =>
    `${shown(figure(figures, 'p50_ms'))} ms; receivers differ by ${figure(figures, 'spread_of_receivers')} at most`,
})

type Move = { to_user_id: string | null }

async function measure(server: BenchServer, { isQuick }: { isQuick: boolean }): Promise<Figures> {
  const members = [...LEAVING.map((id) => member(id)), ...STAYING.map((id) => member(id, false))]
  await server.post('/team/add', { team_name: TEAM, members })
  const numbers = Array.from({ length: PULL_REQUESTS }, (_, index) => index)
  await inParallel(numbers, 20, (index) =>
    server.post('/pullRequest/create', pullRequest(`bulk-${index}`, LEAVING[index % 200]!)),
  )
  await inParallel(STAYING, 20, (userId) => server.post('/users/setIsActive', { user_id: userId, is_active: true }))

  const times: number[] = []
  let moves: Move[] = []
  for (let round = 0; round < (isQuick ? 7 : 21); round++) {
    const ms = await timedMs(async () => {
      const answer = await server.post<{ deactivation: { moves: Move[] } }>('/team/deactivateMembers', {
        team_name: TEAM,
        user_ids: LEAVING,
      })
      moves = answer.deactivation.moves
    })
    times.push(ms)
    await server.post('/team/undoDeactivation', { team_name: TEAM })
  }
  const received = STAYING.map((userId) => moves.filter((move) => move.to_user_id === userId).length)
  return {
    p50_ms: rounded(percentile(times, 0.5)),
    p95_ms: rounded(percentile(times, 0.95)),
    moved: moves.filter((move) => move.to_user_id !== null).length,
    spread_of_receivers: Math.max(...received) - Math.min(...received),
  }
}
