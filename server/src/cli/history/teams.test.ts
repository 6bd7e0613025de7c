import { expect, test } from 'bun:test'
import { FOLDER_OF_LOOSE_FILES, type Change } from './read.ts'
import { teamsOf } from './teams.ts'

let count = 0

function aChange(authorId: string, reviewerIds: string[], filesByFolder: Record<string, number>): Change {
  const id = String(++count)
  return {
    id,
    title: id,
    authorId,
    reviewerIds,
    openedMs: 0,
    landedMs: 0,
    files: [],
    renames: [],
    deleted: [],
    lines: null,
    filesByFolder: new Map(Object.entries(filesByFolder)),
  }
}

function membersOf(changes: readonly Change[]): Record<string, readonly string[]> {
  return Object.fromEntries(teamsOf(changes, 'everybody').map(({ name, memberIds }) => [name, memberIds]))
}

test('people go to the folder they touch most, as author or reviewer', () => {
  const changes = [
    aChange('ada', ['bob', 'cleo'], { src: 2, docs: 1 }),
    aChange('dan', ['bob'], { docs: 5 }),
    aChange('eve', ['fay'], { docs: 1 }),
  ]

  expect(membersOf(changes)).toEqual({ docs: ['bob', 'dan', 'eve', 'fay'], other: ['ada', 'cleo'] })
})

test('of folders touched equally the first by name counts', () => {
  const changes = [aChange('ada', ['bob', 'cleo'], { test: 1, lib: 1 })]

  expect(membersOf(changes)).toEqual({ lib: ['ada', 'bob', 'cleo'] })
})

test('folders of fewer than three people become one team, with a folder of that name if there is one', () => {
  const changes = [
    aChange('a1', ['a2'], { m4: 1 }),
    aChange('b1', [], { samples: 1 }),
    aChange('c1', ['c2', 'c3'], { other: 1 }),
    aChange('d1', ['d2', 'd3', 'd4', 'd5', 'd6', 'd7'], { [FOLDER_OF_LOOSE_FILES]: 1 }),
  ]

  expect(teamsOf(changes, 'everybody').map(({ name, memberIds }) => [name, memberIds.length])).toEqual([
    ['root', 7],
    ['other', 6],
  ])
})

test('who may review is everybody, or those who did', () => {
  const changes = [aChange('ada', ['bob'], { src: 1 }), aChange('cleo', ['bob'], { src: 1 })]

  expect(teamsOf(changes, 'everybody')[0]!.candidateIds).toEqual(['ada', 'bob', 'cleo'])
  expect(teamsOf(changes, 'reviewers')[0]).toEqual({
    name: 'src',
    memberIds: ['ada', 'bob', 'cleo'],
    candidateIds: ['bob'],
  })
})
