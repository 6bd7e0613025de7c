import { forImports, forNodes, isProductCode, isUnder, type Rule } from './rule.ts'
import { dottedName, stringOf, type SyntaxNode } from './source.ts'

const QUERY_BUILDING = ['selectFrom', 'insertInto', 'replaceInto', 'updateTable', 'deleteFrom', 'mergeInto']
// All capitals or none, as SQL is written: a sentence such as "Select reviewers from the team" is none.
const SQL_TEXT = [
  /^\s*(?:SELECT\s[\s\S]*\sFROM\s|select\s[\s\S]*\sfrom\s)/,
  /^\s*(?:SELECT|select)\s+[\w.]+\(/,
  /^\s*(?:INSERT\s+INTO|insert\s+into)\s/,
  /^\s*(?:UPDATE\s+\S+\s[\s\S]*\bSET\s|update\s+\S+\s[\s\S]*\bset\s)/,
  /^\s*(?:DELETE\s+FROM|delete\s+from)\s/,
  /^\s*(?:WITH|with)\s+(?:recursive\s+|RECURSIVE\s+)?\w+\s*(?:\([^)]*\)\s*)?(?:AS|as)\s/,
]

export const placeRules: readonly Rule[] = [
  {
    title: 'SQL stands only in queries.ts, queries folders and infra',
    appliesTo: (path) => isProductCode(path) && !isUnder('server/src/infra')(path) && !/\/queries(\.ts$|\/)/.test(path),
    findViolations: forNodes((node) => (isSql(node) ? 'SQL belongs in queries.ts' : undefined)),
    planted: [
      { path: 'server/src/features/people/create-team.ts', text: 'await db.execute(sql`delete from team`)' },
      { path: 'server/src/features/people/create-team.ts', text: 'const rows = sql<Row>`select 1`.execute(db)' },
      { path: 'server/src/features/people/create-team.ts', text: `db\n  .selectFrom('team')\n  .selectAll()` },
      {
        path: 'server/src/features/people/create-team.ts',
        text: 'pool.query(`SELECT *\nFROM team`)',
      },
      { path: 'server/src/cli/demo.ts', text: `client.query('insert into team (name) values ($1)')` },
      { path: 'server/src/app.ts', text: `pool.query('update team set name = $1')` },
    ],
    allowed: [
      { path: 'server/src/features/people/routes.ts', text: `const summary = 'Select reviewers from the team'` },
      {
        path: 'server/src/features/people/routes.ts',
        text: `const text = 'update your settings'\n// select * from team`,
      },
    ],
  },
  {
    title: 'HTTP stands only in routes.ts, infra/http and the composition root',
    appliesTo: (path) =>
      isProductCode(path) &&
      !isUnder('server/src/infra/http')(path) &&
      !['server/src/app.ts', 'server/src/main.ts'].includes(path) &&
      !/\/routes(\.ts$|\/)/.test(path),
    findViolations: forImports((_path, { specifier }) =>
      /^(hono|@hono)(\/|$)/.test(specifier) ? `${specifier} belongs in routes.ts` : undefined,
    ),
    planted: [
      { path: 'server/src/features/people/create-team.ts', text: `import type { Context } from 'hono'` },
      { path: 'server/src/features/people/schemas.ts', text: `import { z } from '@hono/zod-openapi'` },
      { path: 'server/src/infra/db/database.ts', text: `import { cors } from 'hono/cors'` },
    ],
    allowed: [{ path: 'server/src/features/people/schemas.ts', text: `import { z } from 'zod'` }],
  },
  {
    title: 'only config.ts and the entry points read the environment',
    appliesTo: (path) =>
      isProductCode(path) && !isUnder('server/src/cli')(path) && !/^server\/src\/(config|main)\.ts$/.test(path),
    findViolations: forNodes((node) => (readsEnvironment(node) ? 'read the environment in config.ts' : undefined)),
    planted: [
      { path: 'server/src/app.ts', text: `const port = process.env.PORT` },
      { path: 'server/src/app.ts', text: `const { PORT } = process['env']` },
      { path: 'server/src/infra/db/database.ts', text: `const url = Bun.env['DATABASE_URL']` },
      { path: 'server/src/infra/db/database.ts', text: `const url = import.meta.env.DATABASE_URL` },
      { path: 'server/src/infra/db/database.ts', text: `import { env } from 'node:process'` },
    ],
    allowed: [{ path: 'server/src/app.ts', text: `const pid = process.pid // process.env\nconst env = settings.env` }],
  },
  {
    title: 'domain reads no clock and draws no chance of its own',
    appliesTo: (path) => isProductCode(path) && /^server\/src\/features\/[^/]+\/domain\//.test(path),
    findViolations: forNodes((node) => (isImpure(node) ? 'domain gets time and chance as data' : undefined)),
    planted: [
      { path: 'server/src/features/reviews/domain/a.ts', text: `const now = Date.now()` },
      { path: 'server/src/features/reviews/domain/a.ts', text: `const now = new Date()` },
      { path: 'server/src/features/reviews/domain/a.ts', text: `const pick = list[Math.floor(Math.random() * 3)]` },
      { path: 'server/src/features/reviews/domain/a.ts', text: `const id = crypto.randomUUID()` },
    ],
    allowed: [{ path: 'server/src/features/reviews/domain/a.ts', text: `const day = new Date(text)\nMath.floor(1.5)` }],
  },
]

function isSql(node: SyntaxNode): boolean {
  if (node.type === 'TaggedTemplateExpression') return dottedName(node['tag'])?.split('.').at(-1) === 'sql'
  if (node.type === 'MemberExpression') return QUERY_BUILDING.includes(dottedName(node['property']) ?? '')
  const text = stringOf(node)
  return text !== undefined && SQL_TEXT.some((pattern) => pattern.test(text))
}

function readsEnvironment(node: SyntaxNode): boolean {
  if (node.type === 'MemberExpression') {
    return ['process.env', 'Bun.env', 'import.meta.env'].includes(dottedName(node) ?? '')
  }
  const isFromProcess =
    node.type === 'ImportDeclaration' && /^(node:process|process|bun)$/.test(stringOf(node['source']) ?? '')
  return isFromProcess && (node['specifiers'] as SyntaxNode[]).some(({ imported }) => dottedName(imported) === 'env')
}

function isImpure(node: SyntaxNode): boolean {
  const isPresentMoment = node.type === 'NewExpression' && (node['arguments'] as unknown[]).length === 0
  if (isPresentMoment) return dottedName(node['callee']) === 'Date'
  return (
    node.type === 'MemberExpression' &&
    /^(Date\.now|Math\.random|performance\.now|crypto\..+)$/.test(dottedName(node) ?? '')
  )
}
