import { beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Glob } from 'bun'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import { freshDatabase } from './testing/database.ts'
import { declaredNames, namesAskedFor, readExposition } from './testing/prometheus.ts'
import { startServerProcess } from './testing/server.ts'

const ROOT = join(import.meta.dir, '../..')
/** Prometheus makes it itself, for every target. */
const OF_PROMETHEUS = new Set(['up'])

type Expression = { where: string; text: string }

let scraped = ''

beforeAll(async () => {
  const { url } = await freshDatabase()
  const server = await startServerProcess({ DATABASE_URL: url, LOG_LEVEL: 'info' }, ['--workers', '2'])
  await aTeam(server, { name: 'payments', members: ids('u', 5) })
  await aTeam(server, { name: 'pair', members: ids('p', 2) })
  await aTeam(server, { name: 'alone', members: ids('a', 1) })
  for (const author of ['u1', 'p1', 'a1']) {
    for (const id of ids(`pr-${author}-`, 4)) await server.post('/pullRequest/create', aPullRequest({ id, author }))
  }
  await server.post('/pullRequest/reassign', { pull_request_id: 'none', old_user_id: 'u1' })
  await Promise.all(ids('x', 8).map(() => server.get('/team/get', { team_name: 'payments' })))
  scraped = await (await fetch(`${server.url}/metrics`)).text()
}, 30_000)

async function dashboardExpressions(): Promise<Expression[]> {
  const found: Expression[] = []
  for await (const path of new Glob('deploy/grafana/*.json').scan(ROOT)) {
    const dashboard = (await Bun.file(join(ROOT, path)).json()) as {
      panels: { title: string; targets?: { expr: string }[] }[]
      templating: { list: { name: string; type: string; query: string }[] }
    }
    for (const { title, targets = [] } of dashboard.panels) {
      found.push(...targets.map(({ expr }) => ({ where: `${path}: ${title}`, text: expr })))
    }
    for (const { name, type, query } of dashboard.templating.list) {
      if (type === 'query') found.push({ where: `${path}: variable ${name}`, text: query })
    }
  }
  return found
}

async function alertExpressions(): Promise<Expression[]> {
  const found: Expression[] = []
  for await (const path of new Glob('deploy/prometheus/*.rules.yml').scan(ROOT)) {
    const { groups } = Bun.YAML.parse(await Bun.file(join(ROOT, path)).text()) as {
      groups: { rules: { alert: string; expr: string }[] }[]
    }
    for (const { alert, expr } of groups.flatMap(({ rules }) => rules)) found.push({ where: alert, text: expr })
  }
  return found
}

function complaintsAbout(expressions: readonly Expression[]): string[] {
  const { names, labels } = readExposition(scraped)
  return expressions.flatMap(({ where, text }) => {
    const asked = namesAskedFor(text)
    if (asked.length === 0) return [`${where} asks for nothing: ${text}`]
    return asked.flatMap(({ name, labels: wanted }) => {
      if (OF_PROMETHEUS.has(name)) return []
      if (!names.has(name)) return [`${where} asks for ${name}, which there is not`]
      const has = labels.get(name)
      const missing = has === undefined ? [] : wanted.filter((label) => !has.has(label))
      return missing.map((label) => `${where} tells ${name} apart by ${label}, which it has not`)
    })
  })
}

describe('what watches Tandem', () => {
  test.each([
    ['dashboards', dashboardExpressions],
    ['alerts', alertExpressions],
  ])('%s ask only for metrics and labels that a server gives', async (_, read) => {
    const expressions = await read()

    expect(expressions.length).toBeGreaterThan(10)
    expect(complaintsAbout(expressions)).toEqual([])
  })

  test('a wrong name and a wrong label are found', () => {
    const text = 'sum by (colour) (rate(tandem_http_requests_total{status="500"}[5m])) / tandem_nothing offset 5m'

    expect(complaintsAbout([{ where: 'x', text }])).toEqual([
      'x tells tandem_http_requests_total apart by colour, which it has not',
      'x asks for tandem_nothing, which there is not',
    ])
  })

  test('every alert has its line in the handbook', async () => {
    const handbook = await Bun.file(join(ROOT, 'docs/operations.md')).text()

    const names = (await alertExpressions()).map(({ where }) => where)
    expect(names.filter((name) => !handbook.includes(`| \`${name}\` |`))).toEqual([])
  })

  test('the table of metrics in the handbook names those that there are, and no others', async () => {
    const handbook = await Bun.file(join(ROOT, 'docs/operations.md')).text()
    const [, table = ''] = /\n## Metrics\n([\s\S]*?)\n\*\*Workers add up/.exec(handbook) ?? []

    const named = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
    )
    expect(named.toSorted()).toEqual(declaredNames(scraped).toSorted())
  })
})

test('decisions are counted by policy and outcome, empty seats by reason', () => {
  const lines = scraped.split('\n')

  expect(lines.filter((line) => line.startsWith('tandem_decisions_total{')).toSorted()).toEqual([
    'tandem_decisions_total{policy="least-loaded",outcome="filled"} 4',
    'tandem_decisions_total{policy="least-loaded",outcome="none"} 4',
    'tandem_decisions_total{policy="least-loaded",outcome="short"} 4',
  ])
  expect(lines.filter((line) => line.startsWith('tandem_vacancies{')).toSorted()).toEqual([
    'tandem_vacancies{reason="EVERY_TEAMMATE_EXCLUDED"} 4',
    'tandem_vacancies{reason="NO_ACTIVE_TEAMMATE"} 8',
  ])
})

test('no metric has more values than operations, policies and buckets make', () => {
  const { labels } = readExposition(scraped)
  const allowed = [
    'operation',
    'status',
    'le',
    'policy',
    'outcome',
    'reason',
    'state',
    'kind',
    'worker',
    'channel',
    'relay',
  ]

  expect([...new Set([...labels.values()].flatMap((names) => [...names]))].filter((l) => !allowed.includes(l))).toEqual(
    [],
  )
})
