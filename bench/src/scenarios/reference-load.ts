import { join } from 'node:path'
import { rounded } from '../figures.ts'
import { generate, type Load } from '../load/generate.ts'
import { reference, teamName, userId } from '../load/reference.ts'
import { figure, inParallel, member, pullRequest, type Figures, type Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'

export const referenceLoad: Scenario = {
  name: 'reference-load',
  promise: 'the reference scenario of the field, 60 readers and 60 writers at once, is answered without an error',
  measure,
  holds: (figures) => figure(figures, 'errors') === 0 && figure(figures, 'reads_per_s') > 0,
}

async function measure(server: BenchServer, { isQuick }: { isQuick: boolean }): Promise<Figures> {
  await fill(server)
  const { hostname, port } = new URL(server.url)
  const both = { hostname, port: Number(port), readers: reference.readers, writers: reference.writers }
  const times = { warmUpMs: isQuick ? 1000 : 3000, durationMs: isQuick ? 4000 : 15_000 }
  const together = await generate({ ...both, ...times, name: 'both' })
  const reads = await generate({ ...both, ...times, name: 'reads', writers: 0 })
  const writes = await generate({ ...both, ...times, name: 'writes', readers: 0 })
  const limit = await bareLimit(server, times)
  return {
    ...figuresOf('reads', together.reads),
    ...figuresOf('writes', together.writes),
    errors: together.reads.failed + together.writes.failed,
    refused: together.reads.refused + together.writes.refused,
    reads_alone_per_s: rounded(reads.reads.perSecond),
    writes_alone_per_s: rounded(writes.writes.perSecond),
    bare_http_per_s: rounded(limit.perSecond),
    share_of_bare_http: rounded(reads.reads.perSecond / limit.perSecond),
  }
}

async function fill(server: BenchServer): Promise<void> {
  const teams = Array.from({ length: reference.teams }, (_, team) => team)
  await inParallel(teams, 4, async (team) => {
    const members = Array.from({ length: reference.usersPerTeam }, (_, user) => member(userId(team, user)))
    await server.post('/team/add', { team_name: teamName(team), members })
    for (let number = 0; number < reference.pullRequestsPerTeam; number++) {
      await server.post('/pullRequest/create', pullRequest(`first-${team}-${number}`, userId(team, number)))
    }
  })
}

function figuresOf(kind: string, load: Load): Figures {
  return {
    [`${kind}_per_s`]: rounded(load.perSecond),
    [`${kind}_p50_ms`]: rounded(load.p50Ms),
    [`${kind}_p99_ms`]: rounded(load.p99Ms),
    [`${kind}_max_ms`]: rounded(load.maxMs),
  }
}

/** What the generator and the bare HTTP server of the runtime do together, with the same bytes as one team. */
async function bareLimit(server: BenchServer, times: { warmUpMs: number; durationMs: number }): Promise<Load> {
  const body = JSON.stringify(await server.get('/team/get', { team_name: teamName(0) }))
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../load/bare-server.ts'), body], {
    stderr: 'inherit',
  })
  try {
    const { value } = await child.stdout.getReader().read()
    const port = Number(new TextDecoder().decode(value))
    const task = { hostname: '127.0.0.1', port, readers: reference.readers, writers: 0, name: 'bare', fixedPath: '/' }
    return (await generate({ ...task, ...times })).reads
  } finally {
    child.kill()
  }
}
