import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { dialects, parseCodeOwners, type CodeOwners } from './code-owners.ts'
import { matchesPath, readPath } from './glob.ts'
import { ownersOf, requiredOwners } from './owned-paths.ts'
import { ownerText } from './owner.ts'

const RUNS = { numRuns: 2000 }
const dialect = fc.constantFrom(...dialects)

// Few letters and many wildcards, so that patterns and paths meet.
const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '😀'), minLength: 1, maxLength: 4 })
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'))
const part = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('**', '*') },
  {
    weight: 4,
    arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?', '😀'), minLength: 1, maxLength: 4 }),
  },
)
const pattern = fc
  .tuple(fc.constantFrom('', '/'), fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/'))
  .map(([start, parts, end]) => `${start}${parts.join('/')}${end}`)
  .filter((text) => !text.includes('***'))

const word = fc.constantFrom(
  '@a',
  '@b/c',
  '@@owner',
  'a@b.co',
  '*',
  '**/',
  '/',
  'a',
  ' ',
  '\t',
  '#',
  '!',
  '[',
  ']',
  '^',
  '\\',
  '2',
  '\r',
)
const line = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(word, { maxLength: 8 }).map((words) => words.join('')),
  fc.tuple(pattern, fc.constantFrom('', ' @a', ' @b @c', ' x')).map((words) => words.join('')),
  fc.constantFrom('[A]', '^[b] @a', '[B][2] @x', '[a', '!*.a', '# x', ''),
)
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'))

/** GitHub's rules as a regular expression, made piece by piece: slow for hostile patterns, and made in another way. */
function referenceGithub(written: string, of: string): boolean {
  let body = written
  if (/^[^/]+\/?$/.test(body) && !/^\*\*\/?$/.test(body)) body = `/**/${body}`
  body = body.replace(/^\//, '').replace(/\/$/, '/**')
  body = body.replaceAll(/(?:(?<=^|\/)\*\*\/)+\*\*$/g, '**')
  const last = body.split('/').at(-1)
  const source = body
    .replaceAll('.', '\\.')
    .replaceAll(/(?<=^|\/)\*\*\//g, '<dirs>')
    .replaceAll(/(?<=^|\/|>)\*\*$/g, '<below>')
    .replaceAll(/(?<=^|\/|>)\*(?=$|\/)/g, '<name>')
    .replaceAll('?', '[^/]')
    .replaceAll(/\*+/g, '[^/]*')
    .replaceAll('<dirs>', '(?:[^/]+/)*')
    .replaceAll('<below>', '[^/]+(?:/.+)?')
    .replaceAll('<name>', '[^/]+')
  const open = last === '*' || last === '**' ? '' : '(?:/.+)?'
  return new RegExp(`^${source}${open}$`, 'u').test(of)
}

/** Ruby's fnmatch with DOTMATCH and PATHNAME by plain recursion, after GitLab's normalisation. */
function referenceGitlab(written: string, of: string): boolean {
  let body = written === '*' ? '/**/*' : written
  if (!body.startsWith('/')) body = `/**/${body}`
  if (body.endsWith('/')) body = `${body}**/*`
  return fnmatch([...body], [...`/${of}`], true)
}

function fnmatch(glob: readonly string[], rest: readonly string[], isAtStart: boolean): boolean {
  if (isAtStart && glob.slice(0, 3).join('') === '**/') {
    if (fnmatch(glob.slice(3), rest, true)) return true
    const slash = rest.indexOf('/')
    return slash !== -1 && fnmatch(glob, rest.slice(slash + 1), true)
  }
  const [first, ...others] = glob
  if (first === undefined) return rest.length === 0
  if (first === '*') {
    if (fnmatch(others, rest, false)) return true
    return rest.length > 0 && rest[0] !== '/' && fnmatch(glob, rest.slice(1), false)
  }
  if (rest.length === 0) return false
  const isSame = first === '?' ? rest[0] !== '/' : first === rest[0]
  return isSame && fnmatch(others, rest.slice(1), first === '/')
}

function globIn(file: CodeOwners) {
  return file.sections[0]!.rules[0]!.glob
}

describe.each([
  ['github', referenceGithub],
  ['gitlab', referenceGitlab],
] as const)('matching for %s', (which, reference) => {
  test('agrees with a slow matcher made in another way', () => {
    let met = 0
    fc.assert(
      fc.property(
        pattern.filter((written) => written !== '/'),
        path,
        (written, of) => {
          const isMatch = matchesPath(globIn(parseCodeOwners(which, `${written} @a`)), readPath(of).names)
          if (isMatch) met++
          expect(isMatch).toBe(reference(written, of))
        },
      ),
      { ...RUNS, numRuns: 10_000 },
    )
    expect(met).toBeGreaterThan(500)
  })

  test('finds by its index what comparing with each rule finds', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 30 }), path, (patterns, of) => {
        const file = parseCodeOwners(which, patterns.map((written, index) => `${written} @o${index}`).join('\n'))
        const last = file.sections[0]?.rules.findLast(({ glob }) => matchesPath(glob, readPath(of).names))
        const [found] = ownersOf(file, [of])[0]!.ownerships

        expect(found?.line).toBe(last?.line)
        expect(found?.owners).toEqual(last?.owners)
      }),
      RUNS,
    )
  })

  test('does not care whether the path begins with a slash', () => {
    fc.assert(
      fc.property(text, path, (content, of) => {
        const file = parseCodeOwners(which, content)
        expect(ownersOf(file, [`/${of}`])[0]!.ownerships).toEqual(ownersOf(file, [of])[0]!.ownerships)
      }),
    )
  })
})

test('any text is read, and its errors name lines it has', () => {
  fc.assert(
    fc.property(dialect, fc.oneof(text, fc.string({ unit: 'binary', maxLength: 200 })), (which, content) => {
      const { errors, sections } = parseCodeOwners(which, content)
      const lineCount = content.split('\n').length
      const lines = [...errors, ...sections.flatMap(({ rules, exclusions }) => [...rules, ...exclusions])]

      for (const { line: number } of lines) expect(number).toBeWithin(1, lineCount + 1)
      for (const { message } of errors) expect(message).toMatch(/^[A-Z"].*[.]$/s)
    }),
    RUNS,
  )
})

test('on GitHub every line is a comment, empty, a rule or an error, and just one of these', () => {
  fc.assert(
    fc.property(text, (content) => {
      const { errors, sections } = parseCodeOwners('github', content)
      const expected = content.split('\n').filter((one) => one.trim() !== '' && !one.trim().startsWith('#')).length
      const told = [...errors, ...(sections[0]?.rules ?? [])].map(({ line: number }) => number)

      expect(told).toHaveLength(expected)
      expect(new Set(told).size).toBe(expected)
    }),
    RUNS,
  )
})

test('a line that matches, added at the end of a section, decides', () => {
  fc.assert(
    fc.property(dialect, text, path, (which, content, of) => {
      const before = parseCodeOwners(which, content)
      const excluded = before.sections.some(({ exclusions }) => exclusions.length > 0)
      const file = parseCodeOwners(which, `${content}\n/${of} @last`)
      const found = ownersOf(file, [of])[0]!.ownerships.some(({ owners }) => owners.some(({ name: n }) => n === 'last'))

      expect(found || excluded).toBeTrue()
    }),
    RUNS,
  )
})

test('required owners are among the owners of the paths, and the order of the paths does not change who they are', () => {
  fc.assert(
    fc.property(dialect, text, fc.array(path, { maxLength: 4 }), (which, content, paths) => {
      const file = parseCodeOwners(which, content)
      const all = ownersOf(file, paths).flatMap(({ ownerships }) => ownerships.flatMap(({ owners }) => owners))
      const required = requiredOwners(file, paths).map((owner) => ownerText(owner).toLowerCase())

      expect(all.map((owner) => ownerText(owner).toLowerCase())).toEqual(expect.arrayContaining(required))
      expect(
        requiredOwners(file, paths.toReversed())
          .map((owner) => ownerText(owner).toLowerCase())
          .toSorted(),
      ).toEqual(required.toSorted())
    }),
    RUNS,
  )
})

// By backtracking these would take longer than the universe is old.
test.each(dialects)('hostile patterns for %s are compared with hostile paths', (which) => {
  const patterns = [
    '*a'.repeat(400),
    '**/'.repeat(300),
    '**/a/'.repeat(150),
    '**/' + 'a/*/'.repeat(240),
    '**/*a*/'.repeat(100),
    '?*'.repeat(400),
  ]
  const file = parseCodeOwners(which, patterns.map((written) => `/${written}b @a`).join('\n'))
  const paths = ['a'.repeat(4000), 'a/'.repeat(255) + 'a', 'aa/'.repeat(250) + 'a']

  expect(file.errors).toEqual([])
  expect(ownersOf(file, paths).map(({ ownerships }) => ownerships)).toEqual([[], [], []])
})

test.each(dialects)('a file for %s may have 1,000 ? in patterns with *, and as many as it likes in others', (which) => {
  const dear = Array.from({ length: 100 }, (_, index) => `/*a${'?'.repeat(10)}${index} @a`)
  const others = Array.from({ length: 100 }, (_, index) => `/a${'?'.repeat(10)}${index} @a`)
  const file = parseCodeOwners(which, [...dear, ...others, '/*? @b', '/*.js @c'].join('\n'))

  expect(file.errors.map(({ line: number }) => number)).toEqual([201])
})

test.each(dialects)('for %s a path is 256 names deep at the most', (which) => {
  const file = parseCodeOwners(which, '* @a')
  const [deep, deeper] = ownersOf(file, ['a/'.repeat(255) + 'a', 'a/'.repeat(256) + 'a'])

  expect([deep!.ownerships.length, deeper!.ownerships.length]).toEqual([1, 0])
})
