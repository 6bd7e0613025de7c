import { expect, test } from 'bun:test'
import { subjectOf } from './room.ts'

test.each([
  ['pullRequest/pr-1', { kind: 'pullRequest', id: 'pr-1' }],
  ['team/payments', { kind: 'team', id: 'payments' }],
  ['pullRequest/org/repo/pull/17', { kind: 'pullRequest', id: 'org/repo/pull/17' }],
  ['team//', { kind: 'team', id: '/' }],
  [`team/${'🚀'.repeat(255)}`, { kind: 'team', id: '🚀'.repeat(255) }],
] as const)('%p is a room', (room, subject) => {
  expect(subjectOf(room)).toEqual(subject)
})

test.each([
  '',
  '/',
  'team',
  'team/',
  'Team/payments',
  'user/ada',
  '/payments',
  'constructor/x',
  'team/\0',
  'team/\ud800',
  `team/${'x'.repeat(256)}`,
])('%p is no room', (name) => {
  expect(subjectOf(name)).toBeNull()
})
