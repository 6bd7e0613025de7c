import { describe, expect, test } from 'bun:test'
import { distinctOwners, ownerTest, ownerText, readGithubOwner, readGitlabOwner, type Owner } from './owner.ts'

describe('on GitHub an owner', () => {
  test.each<[string, Owner]>([
    ['@octocat', { kind: 'user', name: 'octocat' }],
    ['@mona-lisa_corp', { kind: 'user', name: 'mona-lisa_corp' }],
    ['@octo-org/octocats', { kind: 'team', name: 'octo-org/octocats' }],
    ['docs@example.com', { kind: 'email', name: 'docs@example.com' }],
  ])('may be %s', (text, owner) => {
    expect(readGithubOwner(text)).toEqual(owner)
    expect(ownerText(owner)).toBe(text)
  })

  test.each(['octocat', '@', '@@maintainer', '@a/b/c', '@a/', '@ü', 'a@b', '@a.b', `@${'a'.repeat(300)}`])(
    'is not %s',
    (text) => {
      expect(readGithubOwner(text)).toBeNull()
    },
  )
})

describe('on GitLab an owner', () => {
  test.each<[string, Owner]>([
    ['@rrr.dev', { kind: 'userOrTeam', name: 'rrr.dev' }],
    ['@group/with-nested/subgroup', { kind: 'team', name: 'group/with-nested/subgroup' }],
    ['@@maintainer', { kind: 'role', name: 'maintainer' }],
    ['@@DeVeLoPeRs', { kind: 'role', name: 'DeVeLoPeRs' }],
    ['janedoe@gitlab.com', { kind: 'email', name: 'janedoe@gitlab.com' }],
  ])('may be %s', (text, owner) => {
    expect(readGitlabOwner(text)).toEqual(owner)
    expect(ownerText(owner)).toBe(text)
  })

  test.each(['user_without_at_symbol', '@', '@@dev', '@@reporter', '@a//b', '@a/', '#', `@${'a'.repeat(300)}`])(
    'is not %s',
    (text) => {
      expect(readGitlabOwner(text)).toBeNull()
    },
  )
})

test('reading an owner from a long hostile word takes no time', () => {
  const word = `a@${'.'.repeat(1_000_000)}@`

  expect([readGithubOwner(word), readGitlabOwner(word)]).toEqual([null, null])
})

describe('somebody owns what is owned by', () => {
  const ann = { userId: 'Ann', teamName: 'Payments' }

  test.each<[string, Owner]>([
    ['their handle, in any case', { kind: 'user', name: 'aNN' }],
    ['their team', { kind: 'team', name: 'octo-org/payments' }],
    ['a GitLab name that is their handle', { kind: 'userOrTeam', name: 'ann' }],
    ['a GitLab name that is their team', { kind: 'userOrTeam', name: 'payments' }],
  ])('%s', (_, owner) => {
    expect(ownerTest([{ kind: 'user', name: 'somebody' }, owner])(ann)).toBeTrue()
  })

  test('their team, when it is called like the whole of it', () => {
    const owners: Owner[] = [{ kind: 'team', name: 'octo-org/payments' }]

    expect(ownerTest(owners)({ userId: 'bob', teamName: 'octo-org/payments' })).toBeTrue()
  })

  test('their e-mail address, when that is their id', () => {
    const owners: Owner[] = [{ kind: 'email', name: 'Ann@example.com' }]

    expect(ownerTest(owners)({ userId: 'ann@example.com', teamName: 'x' })).toBeTrue()
  })
})

describe('nobody owns anything by', () => {
  test.each<[string, Owner, { userId: string; teamName: string }]>([
    ['a role', { kind: 'role', name: 'maintainer' }, { userId: 'maintainer', teamName: 'maintainer' }],
    ['a team that is called like them', { kind: 'team', name: 'org/ann' }, { userId: 'ann', teamName: 'x' }],
    ['a user who is called like their team', { kind: 'user', name: 'payments' }, { userId: 'a', teamName: 'payments' }],
    ['a team of another organisation', { kind: 'team', name: 'a/core' }, { userId: 'x', teamName: 'b/core' }],
    ['the organisation of a team', { kind: 'team', name: 'org/core' }, { userId: 'x', teamName: 'org' }],
  ])('%s', (_, owner, person) => {
    expect(ownerTest([owner])(person)).toBeFalse()
  })
})

test('owners are listed once, as they were written first', () => {
  const owners: Owner[] = [
    { kind: 'user', name: 'Ann' },
    { kind: 'user', name: 'bob' },
    { kind: 'user', name: 'ann' },
    { kind: 'team', name: 'org/ann' },
  ]

  expect(distinctOwners(owners).map(ownerText)).toEqual(['@Ann', '@bob', '@org/ann'])
})
