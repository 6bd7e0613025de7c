import { pullRequest } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { numbersFrom, reference, teamName, userId } from './reference.ts'
import { pastChanges, REPOSITORY, steadyNumbers, type PastChange } from './source-tree.ts'

const HISTORY = 10_000
const LAST_FILE = 'last-change.ts'
const PATIENCE_MS = 60_000

/** A year of changes of the reference's teams; the last is one that can be recognised. */
export async function importHistory(server: BenchServer, filesEach: number): Promise<void> {
  const nowMs = Date.now()
  const last = {
    pr: 'last',
    at: new Date(nowMs).toISOString(),
    author: userId(0, 0),
    reviewers: [],
    files: [LAST_FILE],
  }
  const changes: PastChange[] = [...pastChanges(HISTORY, filesEach, nowMs - 1000, steadyNumbers(5)), last]
  const response = await fetch(`${server.url}/history/import?repository=${encodeURIComponent(REPOSITORY)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: changes.map((change) => JSON.stringify(change)).join('\n'),
  })
  if (!response.ok) throw new Error(`The history was refused: ${await response.text()}`)
}

/** Has all teams go by expertise, and waits until the server knows the whole history. */
export async function useExpertise(server: BenchServer): Promise<void> {
  for (const team of numbersFrom(0, reference.teams)) {
    await server.post('/team/setPolicy', { team_name: teamName(team), policy: 'expertise' })
  }
  const giveUpMs = performance.now() + PATIENCE_MS
  for (let probe = 0; !(await knowsLastChange(server, `probe-${probe}`)); probe++) {
    if (performance.now() > giveUpMs) throw new Error('The server did not learn the history')
    await Bun.sleep(500)
  }
}

type Candidate = { user_id: string; score: { path: number } | null }

/** Whether the author of the last change is the one who knows its file best. */
async function knowsLastChange(server: BenchServer, probeId: string): Promise<boolean> {
  const files = [{ path: LAST_FILE }]
  await server.post('/pullRequest/create', { ...pullRequest(probeId, userId(0, 1)), repository: REPOSITORY, files })
  const { decisions } = await server.get<{ decisions: { candidates: Candidate[] }[] }>('/decision/get', {
    pull_request_id: probeId,
  })
  const [first] = decisions[0]!.candidates.toSorted((a, b) => pathScore(b) - pathScore(a))
  return first?.user_id === userId(0, 0) && pathScore(first) > Math.log(0.02)
}

function pathScore({ score }: Candidate): number {
  return score?.path ?? -Infinity
}
