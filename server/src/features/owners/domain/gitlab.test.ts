import { describe, expect, test } from 'bun:test'
import { parseCodeOwners } from './code-owners.ts'
import { ownersOf, requiredOwners } from './owned-paths.ts'
import { ownerText } from './owner.ts'

/** The owners of a path by section; '' is what stands before any heading. */
function ownersIn(text: string, path: string): Record<string, string[]> {
  const [owned] = ownersOf(parseCodeOwners('gitlab', text), [path])
  return Object.fromEntries(owned!.ownerships.map(({ section, owners }) => [section ?? '', owners.map(ownerText)]))
}

function matches(pattern: string, path: string): boolean {
  return '' in ownersIn(`${pattern} @owner`, path)
}

function errorLines(text: string): number[] {
  return parseCodeOwners('gitlab', text).errors.map(({ line }) => line)
}

describe.each<[pattern: string, matched: string[], unmatched: string[]]>([
  ['*', ['a', 'a/b', '.gitlab-ci.yml', 'a/.b'], []],
  ['/README.md', ['README.md'], ['docs/README.md', 'readme.md']],
  ['README.md', ['README.md', 'internal/README.md', 'app/lib/README.md'], ['README.md/x']],
  ['internal/README.md', ['internal/README.md', 'docs/api/internal/README.md'], ['README.md']],
  ['/docs/', ['docs/a', 'docs/a/b', 'docs/.a'], ['docs', 'x/docs/a']],
  ['lib/', ['lib/a', 'x/lib/a/b'], ['lib']],
  ['docs', ['docs', 'a/docs'], ['docs/a']],
  ['/docs/*', ['docs/a', 'docs/.a'], ['docs/a/b']],
  ['/docs/**', ['docs/a'], ['docs/a/b']],
  ['/docs/**/*.md', ['docs/a.md', 'docs/a/b.md'], ['docs/a.txt', 'a.md']],
  ['/docs/**/index.md', ['docs/index.md', 'docs/api/index.md', 'docs/api/graphql/index.md'], ['index.md']],
  ['/docs/index.*', ['docs/index.md', 'docs/index.html'], ['docs/index', 'docs/a/index.md']],
  ['/docs/*spec*', ['docs/qa_specs.rb', 'docs/spec_helpers.rb', 'docs/runtime.spec'], ['docs/a/spec']],
  ['/docs/*/README.md', ['docs/api/README.md'], ['docs/README.md', 'docs/a/b/README.md']],
  ['*.rb', ['a.rb', 'config/a.rb', '.rb'], ['a.rb/b']],
  ['**/*.rb', ['config/database.rb', 'app/controllers/users/stars_controller.rb'], []],
  ['\\#file', ['#file', 'a/#file'], ['file']],
  ['path\\ with\\ spaces/*.md', ['path with spaces/a.md'], ['path/a.md']],
  ['/[ab]x', ['ax', 'bx'], ['cx', '[ab]x']],
  ['/[!a-c]x', ['dx', 'éx'], ['ax', 'cx', '/x']],
  ['/[^a-c]x', ['dx'], ['ax']],
  ['/[]x', [], ['x', ']x', '[]x']],
  ['/[c-a]', ['a', 'c'], ['b']],
  ['/[a', [], ['a', '[a']],
  ['/a[b/c]d', ['abd'], ['a/d', 'ab/d']],
  ['/?', ['a', '😀'], ['ab', '/']],
  ['/\\*', ['*'], ['a']],
  ['/{a,b}', ['{a,b}'], ['a']],
])('the pattern %s', (pattern, matched, unmatched) => {
  test('matches what File.fnmatch would and nothing else', () => {
    expect(matched.filter((path) => !matches(pattern, path))).toEqual([])
    expect(unmatched.filter((path) => matches(pattern, path))).toEqual([])
  })
})

describe('sections', () => {
  test('count beside each other, and in each the last line that matches', () => {
    const text = `* @admin

[README Owners]
README.md @user1 @user2
internal/README.md @user4

[README other owners]
README.md @user3`

    expect(ownersIn(text, 'README.md')).toEqual({
      '': ['@admin'],
      'README Owners': ['@user1', '@user2'],
      'README other owners': ['@user3'],
    })
    expect(ownersIn(text, 'internal/README.md')).toEqual({
      '': ['@admin'],
      'README Owners': ['@user4'],
      'README other owners': ['@user3'],
    })
  })

  test('have default owners for lines that name nobody', () => {
    const text = `[Documentation] @docs-team
docs/
README.md

[Database][2] @database-team @agarcia
model/db/
config/db/database-setup.md @docs-team`

    expect(ownersIn(text, 'docs/a')).toEqual({ Documentation: ['@docs-team'] })
    expect(ownersIn(text, 'model/db/README.md')).toEqual({
      Documentation: ['@docs-team'],
      Database: ['@database-team', '@agarcia'],
    })
    expect(ownersIn(text, 'config/db/database-setup.md')).toEqual({ Database: ['@docs-team'] })
    expect(errorLines(text)).toEqual([])
  })

  test('of the same name in any case are one, called as it was first', () => {
    const text = `[Documentation]
ee/docs/    @docs
docs/       @docs

[Database]
README.md  @database

[DOCUMENTATION]
README.md  @writers`
    const { sections } = parseCodeOwners('gitlab', text)

    expect(sections.map(({ name, rules }) => [name, rules.length])).toEqual([
      ['Documentation', 3],
      ['Database', 1],
    ])
    expect(ownersIn(text, 'docs/README.md')).toEqual({ Documentation: ['@writers'], Database: ['@database'] })
  })

  test('are optional only if each of the same name is, and need the most approvals any of them asks for', () => {
    const { sections } = parseCodeOwners(
      'gitlab',
      '^[Go]\n*.go @a\n[go]\n*.mod @b\n^[Ruby]\n*.rb @a\n[Docs][2]\n*.md @a\n[docs][3]\n*.txt @a',
    )

    expect(sections.map(({ name, isOptional, approvals }) => [name, isOptional, approvals])).toEqual([
      ['Go', false, 1],
      ['Ruby', true, 1],
      ['Docs', false, 3],
    ])
  })

  test('without a line are left out', () => {
    expect(parseCodeOwners('gitlab', '[Empty] @a\n[Full]\n* @a').sections.map(({ name }) => name)).toEqual(['Full'])
  })

  test('called codeowners are what stands before any heading', () => {
    expect(ownersIn('*.a @a\n[Other]\n*.b @b\n[CodeOwners]\n*.c @c', 'x.c')).toEqual({ '': ['@c'] })
  })

  // The table of GitLab's own section_parser_spec.rb.
  test.each<[string, string, boolean, number, string, number]>([
    ['[Doc]', 'Doc', false, 1, '', 0],
    ['^[Doc]', 'Doc', true, 1, '', 0],
    ['[Doc][1]', 'Doc', false, 1, '', 0],
    ['[Doc][2] @doc @rrr.dev @dev', 'Doc', false, 2, '@doc @rrr.dev @dev', 0],
    ['^[Doc] @doc', 'Doc', true, 1, '@doc', 0],
    ['[Doc] @@developer', 'Doc', false, 1, '@@developer', 0],
    ['[]', '', false, 1, '', 1],
    ['[Doc][]', 'Doc', false, 1, '', 1],
    ['[Doc][1 0]', 'Doc', false, 1, '', 1],
    ['[Doc][0]', 'Doc', false, 1, '', 1],
    ['^[Doc][1] @doc', 'Doc', true, 1, '@doc', 1],
    ['[Doc] malformed', 'Doc', false, 1, '', 1],
    ['[Doc] @owner oops', 'Doc', false, 1, '@owner', 1],
    ['[Doc] @owner+malformed', 'Doc', false, 1, '@owner', 1],
    ['[Doc][one]', 'Doc', false, 1, '', 1],
    ['[Doc]]', 'Doc', false, 1, '', 1],
    ['[Doc]] @owner', 'Doc', false, 1, '', 1],
    ['[Doc][2]@owner', 'Doc', false, 2, '@owner', 1],
    ['[Doc][ 1 ]', 'Doc', false, 1, '', 1],
  ])('are headed by %s', (line, name, isOptional, approvals, owners, errorCount) => {
    const file = parseCodeOwners('gitlab', `${line}\n/inherits\n/names @somebody`)
    const [section] = file.sections

    expect(section).toMatchObject({ name, isOptional, approvals })
    expect(section!.rules[0]!.owners.map(ownerText).join(' ')).toBe(owners)
    expect(file.errors.filter((error) => error.line === 1)).toHaveLength(errorCount)
  })

  test('a heading that does not close is a line of the section before', () => {
    const text = '[Docs]\ndocs/**/* @group\n\n[Section name\ndocs/ @docs_group'
    const { sections, errors } = parseCodeOwners('gitlab', text)

    expect(sections.map(({ name, rules }) => [name, rules.map(({ pattern }) => pattern)])).toEqual([
      ['Docs', ['docs/**/*', '[Section', 'docs/']],
    ])
    expect(errors.map(({ line }) => line)).toContain(4)
  })
})

describe('an exclusion', () => {
  const text = `* @default-owner
!*.rb
/special/*.rb @ruby-owner

[Ruby]
*.rb @ruby-team
!/config/**/*.rb
/config/routes.rb @ops`

  test('frees what it matches, whatever follows', () => {
    expect(ownersIn(text, 'special/a.rb')).toEqual({ '': [], Ruby: ['@ruby-team'] })
    expect(ownersIn(text, 'config/routes.rb')).toEqual({ '': [], Ruby: [] })
    expect(ownersIn(text, 'config/routes.yml')).toEqual({ '': ['@default-owner'] })
    expect(errorLines(text)).toEqual([])
  })

  test('must name a path', () => {
    expect(errorLines('!\n* @a\n! @b')).toEqual([1, 3])
    expect(ownersIn('!\n* @a', 'x')).toEqual({ '': ['@a'] })
  })
})

describe('what is wrong with a line is told, and the rest of it counts:', () => {
  test('owners that are none', () => {
    const text = '/path/* @group user_without_at_symbol @user_with_at_symbol'

    expect(ownersIn(text, 'path/a')).toEqual({ '': ['@group', '@user_with_at_symbol'] })
    expect(errorLines(text)).toEqual([1])
  })

  test('no owners: owned by nobody', () => {
    expect(ownersIn('* @a\n*.rb', 'a.rb')).toEqual({ '': [] })
    expect(errorLines('* @a\n*.rb')).toEqual([2])
  })

  test('spaces that are not escaped', () => {
    expect(errorLines('folder with spaces/*.md @group')).toEqual([1])
    expect(ownersIn('folder with spaces/*.md @group', 'folder')).toEqual({ '': ['@group'] })
  })

  test('what looks like a comment after the owners: its owners count', () => {
    expect(ownersIn('* @a # and @b', 'x')).toEqual({ '': ['@a', '@b'] })
    expect(errorLines('* @a # and @b')).toEqual([1])
  })

  test('a role, which nobody is known to have', () => {
    const text = '/config/ @@maintainer @ann'

    expect(ownersIn(text, 'config/a')).toEqual({ '': ['@@maintainer', '@ann'] })
    expect(errorLines(text)).toEqual([1])
  })
})

describe('required owners', () => {
  const file = parseCodeOwners(
    'gitlab',
    '[Docs]\n*.md @writer @@owner\n!/CHANGELOG.md\n^[Go]\n*.go @gopher\n*.md @reader',
  )

  test('are those of sections that are not optional', () => {
    expect(requiredOwners(file, ['a.md', 'b.go']).map(ownerText)).toEqual(['@writer'])
  })

  test('are those of optional sections when the others name nobody', () => {
    expect(requiredOwners(file, ['b.go', 'CHANGELOG.md']).map(ownerText)).toEqual(['@gopher', '@reader'])
  })

  test('are nobody when no section says anything', () => {
    expect(requiredOwners(file, ['b.rs'])).toEqual([])
    expect(requiredOwners(file, [])).toEqual([])
  })
})
