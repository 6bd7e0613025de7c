import { describe, expect, test } from 'bun:test'
import { parseCodeOwners } from './code-owners.ts'
import { ownersOf, requiredOwners } from './owned-paths.ts'
import { ownerText } from './owner.ts'

/** The owners of a path: null where no line mentions it. */
function ownersIn(text: string, path: string): string[] | null {
  const [owned] = ownersOf(parseCodeOwners('github', text), [path])
  return owned!.ownerships[0]?.owners.map(ownerText) ?? null
}

function matches(pattern: string, path: string): boolean {
  return ownersIn(`${pattern} @owner`, path) !== null
}

function errorLines(text: string): number[] {
  return parseCodeOwners('github', text).errors.map(({ line }) => line)
}

// As tried against git and GitHub by https://github.com/hmarr/codeowners.
describe.each<[pattern: string, matched: string[], unmatched: string[]]>([
  ['foo', ['foo', 'foo/bar', 'bar/foo', 'bar/foo/baz'], ['foo.txt', 'bar/foo.txt', 'bar/baz', 'Foo']],
  ['/foo', ['foo', 'foo/bar', 'foo/bar/baz'], ['fool.txt', 'bar/foo', 'bar/foo/baz']],
  ['foo/', ['foo/bar', 'foo/bar/baz', 'bar/foo/baz'], ['foo', 'bar/foo', 'bar/baz']],
  ['/foo/', ['foo/bar', 'foo/bar/baz'], ['foo', 'bar/foo', 'bar/foo/baz']],
  ['foo/bar', ['foo/bar', 'foo/bar/baz'], ['foo/bart', 'baz/foo/bar', 'baz/foo/bar/qux']],
  ['foo/bar/', ['foo/bar/baz'], ['foo/bar', 'baz/foo/bar/qux']],
  ['*', ['foo', 'foo/bar', '.github/a', 'a/.b'], []],
  ['f*', ['foo', 'foo/bar', 'bar/foo', 'bar/foo/baz', 'f'], ['bar/baz', 'xfoo']],
  ['/*', ['foo', '.bar'], ['foo/bar', 'foo/bar/baz']],
  ['/f*', ['foo', 'foo/bar', 'foo/bar/baz'], ['bar/foo', 'xfoo']],
  ['f*/', ['foo/bar', 'bar/foo/baz'], ['foo', 'bar/foo', 'bar/baz']],
  ['/*/', ['foo/bar', 'bar/foo/baz'], ['foo']],
  ['*/', ['foo/bar', 'bar/foo/baz'], ['foo']],
  ['foo/*', ['foo/bar'], ['foo', 'foo/bar/baz', 'bar/foo/baz']],
  ['foo/*.txt', ['foo/bar.txt', 'foo/.txt'], ['foo', 'foo/bar/baz.txt', 'qux/foo/bar.txt']],
  ['foo/*/baz', ['foo/bar/baz', 'foo/bar/baz/qux'], ['foo/baz', 'foo/bar', 'foo/a/b/baz']],
  ['f?o', ['foo', 'a/fxo/b', 'f😀o'], ['fo', 'fooo', 'f/o']],
  ['**', ['foo', 'foo/bar'], []],
  ['/**', ['foo', 'foo/bar'], []],
  ['**/foo', ['foo', 'bar/foo', 'a/b/foo/c'], ['foo.txt']],
  ['**/foo/bar', ['foo/bar', 'qux/foo/bar', 'qux/foo/bar/baz'], ['foo/baz/bar', 'qux/foo/baz/bar']],
  ['**/*bar*', ['bar', 'foo/rebar', 'foo/barrio', 'foo/qux/bar'], ['ba/r']],
  ['foo/bar/**', ['foo/bar/baz', 'foo/bar/baz/qux'], ['foo/bar', 'qux/foo/bar/baz']],
  ['foo/**/bar', ['foo/bar', 'foo/bar/baz', 'foo/a/b/bar/baz'], ['qux/foo/bar', 'foo/a/b']],
  ['foo/**/', ['foo/bar', 'foo/bar/baz'], ['foo']],
  ['foo/**/bar/b*', ['foo/bar/baz', 'foo/qux/bar/baz'], ['foo/bar', 'foo/bar/qux', 'foo/qux/bar']],
  ['a**b', ['ab', 'axyb'], ['a/b', 'ax/yb']],
  ['f\\*o', ['f*o'], ['foo']],
  ['f\\?o', ['f?o'], ['foo']],
  ['with\\ space/a', ['with space/a'], ['with/a']],
  ['src/\\[id\\].ts', ['src/[id].ts'], ['src/i.ts']],
  ['foo#bar', ['foo#bar'], ['foo']],
  ['@types/', ['@types/a.ts'], ['types/a.ts']],
])('the pattern %s', (pattern, matched, unmatched) => {
  test('matches what it should and nothing else', () => {
    expect(matched.filter((path) => !matches(pattern, path))).toEqual([])
    expect(unmatched.filter((path) => matches(pattern, path))).toEqual([])
  })
})

describe('the example of GitHub’s documentation', () => {
  const text = `# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/apps/github/x @doctocat`

  test.each([
    ['README.md', ['@global-owner1', '@global-owner2']],
    ['src/a.js', ['@js-owner']],
    ['src/a.go', ['docs@example.com']],
    ['a/b/c.txt', ['@octo-org/octocats']],
    ['deeply/nested/logs/a.js', ['@octocat']],
    ['docs/getting-started.md', ['@doctocat']],
    ['lib/apps/a', ['@octocat']],
    ['scripts/a.js', ['@doctocat', '@octocat']],
    ['apps/a', ['@octocat']],
    ['apps/github/a', []],
    ['apps/github/x/y', ['@doctocat']],
  ])('gives %s to %p', (path, owners) => {
    expect(ownersIn(text, path)).toEqual(owners)
  })

  test('has no errors', () => {
    expect(errorLines(text)).toEqual([])
  })
})

test('the last line that matches wins, also when it names nobody', () => {
  expect(ownersIn('*.js @a\n/x.js @b', 'x.js')).toEqual(['@b'])
  expect(ownersIn('/x.js @b\n*.js @a', 'x.js')).toEqual(['@a'])
  expect(ownersIn('/x.js @b\n*.js # nobody', 'x.js')).toEqual([])
})

test('a path no line mentions is not the same as one that is owned by nobody', () => {
  expect(ownersIn('/a @a\n/a/b', 'a/b')).toEqual([])
  expect(ownersIn('/a @a\n/a/b', 'c')).toBeNull()
})

test('there are no sections: a heading is a bad pattern', () => {
  const file = parseCodeOwners('github', '[Docs]\n*.md @a')

  expect(file.errors).toEqual([{ line: 1, message: expect.stringContaining('escaped') }])
  expect(file.sections.map(({ name }) => name)).toEqual([null])
})

test('a file of comments and empty lines has no rules and no errors', () => {
  expect(parseCodeOwners('github', '\uFEFF# a\r\n\r\n   \n  # b\n')).toMatchObject({ errors: [], sections: [] })
})

test('lines may end as on Windows', () => {
  expect(ownersIn('*.js @a\r\n*.ts @b\r\n', 'x.js')).toEqual(['@a'])
})

describe('a line is skipped and named when', () => {
  test.each([
    ['it negates', '!*.js @a'],
    ['it has a range of characters', 'src/[a-z].ts @a'],
    ['it has a lone bracket', 'src/a].ts @a'],
    ['it begins with an escaped #', '\\#a @a'],
    ['it has three asterisks', 'a/***/b @a'],
    ['it is / alone', '/ @a'],
    ['it ends with a backslash', 'a\\'],
    ['an owner has no @', '* user'],
    ['an owner is a role', '* @@maintainer'],
    ['the pattern is endless', `${'a'.repeat(1001)} @a`],
  ])('%s', (_, line) => {
    const text = `*.js @before\n${line}\n*.ts @after`

    expect(errorLines(text)).toEqual([2])
    expect(ownersIn(text, 'a.js')).toEqual(['@before'])
    expect(ownersIn(text, 'a.ts')).toEqual(['@after'])
    expect(ownersIn(text, 'a')).toBeNull()
  })
})

test('required are the owners of all paths together, each once', () => {
  const file = parseCodeOwners('github', '*.js @a @Org/core\n*.ts @A @b\n*.md')

  expect(requiredOwners(file, ['x.js', 'y.ts', 'z.md', 'unmentioned']).map(ownerText)).toEqual([
    '@a',
    '@Org/core',
    '@b',
  ])
  expect(requiredOwners(file, ['z.md', 'unmentioned'])).toEqual([])
})
