import { describe, expect, test } from 'bun:test'
import { Glob } from 'bun'
import { formRules } from './testing/architecture/form-rules.ts'
import { importRules } from './testing/architecture/import-rules.ts'
import { placeRules } from './testing/architecture/place-rules.ts'
import type { Rule } from './testing/architecture/rule.ts'
import { parseSource, type SourceText } from './testing/architecture/source.ts'

const root = new URL('../../', import.meta.url).pathname
const sources = new Glob('{server,bench,web,scripts}/**/*.{ts,tsx,mts,js,mjs}')
const notOurs = /(^|\/)(node_modules|dist|vendor|coverage|results)\//

const files = (await Array.fromAsync(sources.scan(root)))
  .filter((path) => !notOurs.test(path))
  .toSorted()
  .map(async (path) => parseSource({ path, text: await Bun.file(`${root}${path}`).text() }))
const repository = await Promise.all(files)

describe.each([...importRules, ...placeRules, ...formRules])('$title', (rule) => {
  test('holds for every file of the repository', () => {
    const judged = repository.filter(({ path }) => rule.appliesTo(path))

    expect(judged, 'the rule looked at no file at all').not.toBeEmpty()
    expect(rule.findViolations(judged).map(({ path, line, reason }) => `${path}:${line} ${reason}`)).toEqual([])
  })

  test('catches what breaks it', () => {
    expect(rule.planted).not.toBeEmpty()
    for (const planted of rule.planted) expect(countViolations(rule, planted), planted.text).toBeGreaterThan(0)
  })

  test('lets pass what only looks like breaking it', () => {
    for (const allowed of rule.allowed) expect(countViolations(rule, allowed), allowed.text).toBe(0)
  })
})

function countViolations(rule: Rule, source: SourceText): number {
  expect(rule.appliesTo(source.path), `${source.path} is out of the rule's reach`).toBeTrue()
  return rule.findViolations([parseSource(source)]).length
}
