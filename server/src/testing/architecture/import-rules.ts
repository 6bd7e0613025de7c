import { forFiles, forImports, isProductCode, isTest, isTypeScript, isUnder, type Rule } from './rule.ts'

type Layer = 'main' | 'cli' | 'app' | 'config' | 'context' | 'features' | 'integrations' | 'infra' | 'shared'

/** `config` holds the settings, `context` the types of what the composition root hands to use cases. */
const MAY_IMPORT: Record<Layer, readonly Layer[]> = {
  main: ['cli', 'app', 'config', 'context', 'features', 'integrations', 'infra', 'shared'],
  cli: ['cli', 'app', 'config', 'context', 'features', 'integrations', 'infra', 'shared'],
  app: ['app', 'config', 'context', 'features', 'integrations', 'infra', 'shared'],
  config: ['infra', 'shared'],
  context: ['shared'],
  features: ['features', 'context', 'infra', 'shared'],
  integrations: ['integrations', 'infra', 'shared'],
  infra: ['infra', 'shared'],
  shared: ['shared'],
}
const MAY_IMPORT_TYPES: Partial<Record<Layer, readonly Layer[]>> = {
  context: ['features', 'integrations', 'infra', 'config'],
  features: ['integrations'],
}

const FEATURE_MAY_USE: Record<string, readonly string[]> = {
  people: [],
  history: [],
  owners: [],
  reviews: ['people', 'history', 'owners'],
  insights: ['people', 'history', 'owners', 'reviews'],
  simulation: ['people', 'history', 'owners', 'reviews', 'insights'],
  events: [],
  jobs: [],
  growth: ['people', 'reviews'],
  rooms: ['people', 'reviews'],
  notifications: ['people', 'reviews', 'events'],
}

export const importRules: readonly Rule[] = [
  {
    title: 'imports point one way: main, cli → app → features, integrations, infra → shared',
    appliesTo: isProductCode,
    findViolations: forImports((path, { target, isTypeOnly }) => {
      if (target === undefined) return undefined
      if (/^(bench|web|scripts)\//.test(target)) return `the server may not import ${target}`
      const from = layerOf(path)
      if (from === undefined) return undefined
      const to = layerOf(target)
      if (to === undefined || MAY_IMPORT[from].includes(to)) return undefined
      if (isTypeOnly && MAY_IMPORT_TYPES[from]?.includes(to) === true) return undefined
      return `${from} may not import ${to} (${target})`
    }),
    planted: [
      { path: 'server/src/infra/http/server.ts', text: `import { createTeam } from '../../features/people/index.ts'` },
      { path: 'server/src/features/people/routes.ts', text: `import type { App } from '../../app.ts'` },
      { path: 'server/src/app.ts', text: `import './main.ts'` },
      { path: 'server/src/integrations/github/client.ts', text: `export * from '../../features/reviews/index.ts'` },
      { path: 'server/src/shared/ids.ts', text: `type Db = import('../infra/db/database.ts').Db` },
      { path: 'server/src/infra/batch/batcher.ts', text: `const later = await import('../../app.ts')` },
      { path: 'server/src/context.ts', text: `import { openDatabase } from './infra/db/database.ts'` },
      { path: 'server/src/app.ts', text: `import { measure } from '../../bench/src/measure.ts'` },
    ],
    allowed: [
      {
        path: 'server/src/main.ts',
        text: `import { createApp } from './app.ts'\nimport { readConfig } from './config.ts'`,
      },
      { path: 'server/src/context.ts', text: `import type { Db } from './infra/db/database.ts'` },
      { path: 'server/src/features/people/queries.ts', text: `import { sql } from '../../infra/db/sql.ts'` },
      {
        path: 'server/src/infra/db/a.ts',
        text: `// import { x } from '../../app.ts'\nconst text = "import '../../app.ts'"`,
      },
    ],
  },
  {
    title: 'every file of the server stands in a layer',
    appliesTo: isProductCode,
    findViolations: forFiles(({ path }) =>
      layerOf(path) === undefined ? `the layers are ${Object.keys(MAY_IMPORT).join(', ')}` : undefined,
    ),
    planted: [
      { path: 'server/src/stray.ts', text: '' },
      { path: 'server/src/helpers/thing.ts', text: '' },
    ],
    allowed: [{ path: 'server/src/config.ts', text: '' }],
  },
  {
    title: `features meet only at each other's index.ts, and only in the direction people ← reviews ← the others`,
    appliesTo: (path) => isProductCode(path) && featureOf(path) !== undefined,
    findViolations: forImports((path, { target }) => {
      const from = featureOf(path)
      const to = target === undefined ? undefined : featureOf(target)
      if (from === undefined || to === undefined || from === to) return undefined
      const known = FEATURE_MAY_USE[from]
      if (known === undefined) return `the feature ${from} has no place in the order of features yet`
      if (!known.includes(to)) return `${from} may not use ${to}`
      return target === `server/src/features/${to}/index.ts`
        ? undefined
        : `${to} shows only its index.ts, not ${target}`
    }),
    planted: [
      { path: 'server/src/features/people/a.ts', text: `import { decide } from '../reviews/index.ts'` },
      { path: 'server/src/features/reviews/a.ts', text: `import type { Row } from '../people/queries.ts'` },
      { path: 'server/src/features/growth/a.ts', text: `import { x } from '../rooms/index.ts'` },
      { path: 'server/src/features/billing/a.ts', text: `import { x } from '../people/index.ts'` },
    ],
    allowed: [
      { path: 'server/src/features/growth/domain/a.ts', text: `import type { Review } from '../../reviews/index.ts'` },
      { path: 'server/src/features/reviews/a.ts', text: `import { decide } from './domain/decide.ts'` },
    ],
  },
  {
    title: `domain sees only its own domain, shared, and the types of other features`,
    appliesTo: (path) => isProductCode(path) && isDomain(path),
    findViolations: forImports((path, { specifier, target, isTypeOnly }) => {
      if (target === undefined) return `domain may not import the package ${specifier}`
      if (target.startsWith('server/src/shared/')) return undefined
      if (featureOf(target) === featureOf(path)) return isDomain(target) ? undefined : `${target} is not domain`
      if (isTypeOnly && /^server\/src\/features\/[^/]+\/index\.ts$/.test(target)) return undefined
      return `domain may take only types from ${target}, and only of another feature's index.ts`
    }),
    planted: [
      { path: 'server/src/features/reviews/domain/decide.ts', text: `import { findTeam } from '../queries.ts'` },
      {
        path: 'server/src/features/reviews/domain/decide.ts',
        text: `import { createTeam } from '../../people/index.ts'`,
      },
      { path: 'server/src/features/reviews/domain/policies/a.ts', text: `import { readFileSync } from 'node:fs'` },
      {
        path: 'server/src/features/reviews/domain/decide.ts',
        text: `import type { Db } from '../../../infra/db/database.ts'`,
      },
    ],
    allowed: [
      { path: 'server/src/features/reviews/domain/policies/a.ts', text: `import { draw } from '../seeded-random.ts'` },
      {
        path: 'server/src/features/reviews/domain/decide.ts',
        text: `import type { Roster } from '../../people/index.ts'`,
      },
      {
        path: 'server/src/features/reviews/domain/decide.ts',
        text: `import { compareIds } from '../../../shared/ids.ts'`,
      },
    ],
  },
  {
    title: 'only tests import the testing folder',
    appliesTo: (path) => !isTest(path) && !path.startsWith('server/src/testing/'),
    findViolations: forImports((_path, { target }) =>
      target?.startsWith('server/src/testing/') === true ? `only a test may import ${target}` : undefined,
    ),
    planted: [
      { path: 'server/src/app.ts', text: `import { freshDatabase } from './testing/database.ts'` },
      { path: 'bench/src/main.ts', text: `import type { TestDb } from '../../server/src/testing/database.ts'` },
    ],
    allowed: [{ path: 'server/src/app.ts', text: `import { pull } from './features/testing-people/index.ts'` }],
  },
  {
    title:
      'the browser and the bench know the server by its HTTP API and its types; the bench also by the index.ts of features',
    appliesTo: (path) => (path.startsWith('web/') || path.startsWith('bench/')) && !isTest(path),
    findViolations: forImports((path, { target, isTypeOnly }) => {
      if (target === undefined || isTypeOnly || !target.startsWith('server/')) return undefined
      const isPublicFace = /^server\/src\/features\/[^/]+\/index\.ts$/.test(target)
      return path.startsWith('bench/') && isPublicFace ? undefined : `${target} belongs to the server`
    }),
    planted: [
      { path: 'web/src/page.ts', text: `import { createTeam } from '../../server/src/features/people/index.ts'` },
      { path: 'bench/src/main.ts', text: `import { openDatabase } from '../../server/src/infra/db/database.ts'` },
      { path: 'bench/src/main.ts', text: `import { openDatabase } from '@tandem/server/src/infra/db/database.ts'` },
    ],
    allowed: [
      { path: 'bench/src/backtest.ts', text: `import { decide } from '../../server/src/features/reviews/index.ts'` },
      { path: 'web/src/page.ts', text: `import type { Team } from '../../server/src/features/people/index.ts'` },
    ],
  },
  {
    title: 'shared imports nothing of ours',
    appliesTo: (path) => isUnder('server/src/shared')(path) && !isTest(path),
    findViolations: forImports((_path, { target }) =>
      target === undefined || target.startsWith('server/src/shared/') ? undefined : `shared may not import ${target}`,
    ),
    planted: [
      { path: 'server/src/shared/errors.ts', text: `import type { Context } from '../context.ts'` },
      { path: 'server/src/shared/errors.ts', text: `import { count } from '../../../bench/src/count.ts'` },
    ],
    allowed: [{ path: 'server/src/shared/errors.ts', text: `import { compareIds } from './ids.ts'` }],
  },
  {
    title: 'imports of own files name the file, with .ts',
    appliesTo: isTypeScript,
    findViolations: forImports((_path, { specifier, target }) =>
      target === undefined || /\.(ts|tsx|mts|mjs|json|sql|html|css|svg|txt)$/.test(specifier)
        ? undefined
        : `${specifier} must end in .ts`,
    ),
    planted: [
      { path: 'server/src/app.ts', text: `import { readConfig } from './config'` },
      { path: 'server/src/app.ts', text: `export type { Config } from './config.js'` },
    ],
    allowed: [{ path: 'server/src/app.ts', text: `import { z } from 'zod'\nimport { readConfig } from './config.ts'` }],
  },
]

function layerOf(path: string): Layer | undefined {
  const [, first = ''] = /^server\/src\/([^/]+?)(?:\.ts$|\/)/.exec(path) ?? []
  return first in MAY_IMPORT ? (first as Layer) : undefined
}

function featureOf(path: string): string | undefined {
  return /^server\/src\/features\/([^/]+)\//.exec(path)?.[1]
}

function isDomain(path: string): boolean {
  return /^server\/src\/features\/[^/]+\/domain\//.test(path)
}
