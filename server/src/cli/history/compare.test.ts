import { expect, test } from 'bun:test'
import { compare } from './compare.ts'
import { mostOpenReviews } from './evenness.ts'
import { eventsOf } from './events.ts'
import type { Change } from './read.ts'

function aChange(id: string, openedMs: number, landedMs: number, reviewerIds: string[] = []): Change {
  const touched = { files: ['src/a.c'], renames: [], deleted: [], lines: null, filesByFolder: new Map([['src', 1]]) }
  return { id, title: id, authorId: 'ada', reviewerIds, openedMs, landedMs, ...touched }
}

test('changes open when they were written and merge when they landed, each before it merges', () => {
  const events = eventsOf([aChange('a', 1, 5), aChange('b', 0, 5), aChange('c', 5, 5), aChange('d', 7, 8)])

  expect(events.map(({ kind, change }) => `${kind} ${change.id}`)).toEqual([
    'open b',
    'open a',
    'open c',
    'merge a',
    'merge b',
    'merge c',
    'open d',
    'merge d',
  ])
})

test('the most open reviews are those one person has at one moment', () => {
  const changes = [aChange('a', 0, 10, ['bob']), aChange('b', 1, 2, ['bob', 'cleo']), aChange('c', 3, 12, ['bob'])]

  expect(mostOpenReviews(eventsOf(changes), ({ reviewerIds }) => reviewerIds)).toBe(2)
})

test('what Tandem assigned stands beside what really happened', () => {
  const changes = [
    aChange('a', 0, 10, ['bob']),
    aChange('b', 1, 2, ['bob', 'cleo', 'dan']),
    aChange('c', 3, 12, ['bob', 'cleo']),
    aChange('d', 13, 14, ['eve']),
  ]
  const teams = [
    { name: 'src', memberIds: ['ada', 'bob', 'cleo', 'dan'], candidateIds: ['bob', 'cleo', 'dan'] },
    { name: 'docs', memberIds: ['eve'], candidateIds: ['eve'] },
  ]
  const assigned = new Map([
    ['a', ['bob', 'cleo']],
    ['b', ['dan', 'cleo']],
    ['c', ['dan', 'bob']],
    ['d', []],
  ])

  const { tandem, history, hitRate, people, candidates, byTeam } = compare(
    { changes, teams, events: eventsOf(changes) },
    assigned,
  )

  expect([people, candidates]).toEqual([5, 4])
  expect(hitRate).toBe(4 / 6)
  expect(tandem).toEqual({
    reviews: 6,
    reviewers: 3,
    gini: 0.25,
    topFifthShare: 1 / 3,
    giniOfReviewers: 0,
    busiestShare: 1 / 3,
    mostOpenReviews: 2,
    byReviewers: [1, 0, 3, 0],
  })
  expect(history).toMatchObject({ reviews: 7, reviewers: 4, busiestShare: 3 / 7, byReviewers: [0, 2, 1, 1] })
  expect(
    byTeam.map(({ team, pullRequests, ...sides }) => [team, pullRequests, sides.tandem.reviews, sides.history.reviews]),
  ).toEqual([
    ['src', 4, 6, 6],
    ['docs', 0, 0, 1],
  ])
})
