import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createLogParser, type Commit } from './commit-log.ts'

type Written = { added: string[]; deleted: string[]; renamed: [string, string][] }

/** What git writes about a commit, as the texts between its NULs. */
function tokensOf(hash: string, { added, deleted, renamed }: Written): string[] {
  const raw = (status: string) => `:100644 100644 ${'0'.repeat(40)} ${'1'.repeat(40)} ${status}`
  const details = [
    ...added.flatMap((path) => [raw('A'), path]),
    ...deleted.flatMap((path) => [raw('D'), path]),
    ...renamed.flatMap((pair) => [raw('R087'), ...pair]),
    ...added.map((path) => `2\t0\t${path}`),
    ...deleted.map((path) => `-\t-\t${path}`),
    ...renamed.flatMap((pair) => ['1\t1\t', ...pair]),
  ]
  if (details.length > 0) details[0] = `\n${details[0]}`
  return ['\u0001', hash, 'a@x', 'Ada', '10', '20', `subject ${hash}\n`, '', ...details]
}

function parse(tokens: readonly string[]): Commit[] {
  const parser = createLogParser()
  const commits = tokens.flatMap((token) => parser.take(token) ?? [])
  return [...commits, ...[parser.end()].flatMap((last) => last ?? [])]
}

// Also those that look like what git writes around them.
const path = fc.oneof(
  fc.string({ minLength: 1, unit: fc.constantFrom('a', '/', ' ', '\t', ':', '1', '\u0001', 'ё', '\n') }),
  fc.constantFrom('\u0001', ':100644', '1\t2\tx', '-'),
)
const written = fc.record({
  added: fc.array(path, { maxLength: 3 }),
  deleted: fc.array(path, { maxLength: 3 }),
  renamed: fc.array(fc.tuple(path, path), { maxLength: 3 }),
})

test('whatever files are called, each commit has its own, and its lines are counted', () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 5 }), (all) => {
      const commits = parse(all.flatMap((one, index) => tokensOf(`h${index}`, one)))

      expect(commits.map(({ hash }) => hash)).toEqual(all.map((_, index) => `h${index}`))
      commits.forEach((commit, index) => {
        const { added, deleted, renamed } = all[index]!
        expect(commit.files).toEqual([...added, ...deleted, ...renamed.flat()])
        expect([commit.deleted, commit.renames]).toEqual([deleted, renamed])
        expect([commit.additions, commit.deletions]).toEqual([2 * added.length + renamed.length, renamed.length])
      })
    }),
  )
})

test('a commit says who wrote it, when it was written and when it landed', () => {
  const [commit] = parse(tokensOf('h', { added: [], deleted: [], renamed: [] }))

  expect(commit).toMatchObject({ name: 'Ada', mail: 'a@x', writtenS: 10, landedS: 20, message: 'subject h\n' })
})
