import { createRoster, decide, LocalExpertise } from '../../../../server/src/features/reviews/index.ts'
import { percentile, rounded } from '../../figures.ts'
import { reference, numbersFrom, teamName, userId } from '../../load/reference.ts'
import { changedFiles, pastChanges, REPOSITORY, steadyNumbers } from '../../load/source-tree.ts'
import type { Figures } from '../../scenario.ts'

const HISTORY = 10_000
const FILES = 20
const WARM_UP = 2000

/** Milliseconds of one ranking, here and not over HTTP: 200 candidates, 20 files, an index of 10,000 changes. */
export function measureRanking(rankings: number): Figures {
  const below = steadyNumbers(11)
  const atMs = Date.now()
  const local = learned(atMs)
  const ids = numbersFrom(0, reference.usersPerTeam).map((user) => userId(0, user))
  const members = ids.toSorted((a, b) => (a < b ? -1 : 1)).map((id) => ({ userId: id, isActive: true }))
  const roster = createRoster({ teamName: teamName(0), version: 1, policy: 'expertise', members })
  const team = { roster, lastInRotation: null, openReviewsAt: () => 0 }
  const times: number[] = []
  for (let turn = -WARM_UP; turn < rankings; turn++) {
    const authorId = ids[below(ids.length)]!
    const files = changedFiles(0, FILES, below).map(({ path }) => inRepository(path))
    const startedMs = performance.now()
    const knowledge = local.knowledgeOf(roster, { authorId, files, atMs }, 1)
    decide(team, { kind: 'create', authorId, wanted: 2, keptIds: [], replacedId: null, knowledge }, turn + WARM_UP)
    if (turn >= 0) times.push(performance.now() - startedMs)
  }
  return {
    ranking_p50_ms: rounded(percentile(times, 0.5)),
    ranking_p99_ms: rounded(percentile(times, 0.99)),
    rankings: times.length,
    index_places: local.index.size.places,
    index_people: local.index.size.people,
  }
}

function learned(toMs: number): LocalExpertise {
  const local = new LocalExpertise()
  for (const { author, reviewers, files, at } of pastChanges(HISTORY, 5, toMs, steadyNumbers(5))) {
    const change = { authorId: author, reviewerIds: reviewers, files: files.map(inRepository) }
    local.learn({ ...change, renames: [], deleted: [], landedMs: Date.parse(at) })
  }
  return local
}

function inRepository(path: string): string {
  return `${REPOSITORY}/${path}`
}
