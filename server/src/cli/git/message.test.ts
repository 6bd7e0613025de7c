import { describe, expect, test } from 'bun:test'
import { changeIdIn, isBot, reviewersIn } from './message.ts'

describe('reviewers in a message', () => {
  test.each([
    ['Reviewed-by: Ada <ada@x.org>', [{ name: 'Ada', mail: 'ada@x.org' }]],
    ['reviewed-BY:  Ada L. <ada@x.org>  ', [{ name: 'Ada L', mail: 'ada@x.org' }]],
    ['Reviewed-By: ada@x.org', [{ name: '', mail: 'ada@x.org' }]],
    ['Approved-by: Bob', [{ name: 'Bob', mail: '' }]],
    [
      'Reviewers: Jun Rao <jun@x.org>, Guozhang Wang, Ismael (the first) <i@x.org>',
      [
        { name: 'Jun Rao', mail: 'jun@x.org' },
        { name: 'Guozhang Wang', mail: '' },
        { name: 'Ismael', mail: 'i@x.org' },
      ],
    ],
    ['Reviewers: ', []],
    ['Signed-off-by: Ada <ada@x.org>', []],
    ['This was Reviewed-by: Ada <ada@x.org>', []],
    ['Not-Reviewed-by: Ada <ada@x.org>', []],
  ])('%j', (line, people) => {
    expect(reviewersIn(`Subject\n\nBody\n\n${line}\n`)).toEqual(people)
  })

  test('are those of the trailers asked for, and of no other', () => {
    const message = 'Subject\n\nAcked-by: Ada <a@x>\nReviewed-by: Bob <b@x>'

    expect(reviewersIn(message, ['acked-BY'])).toEqual([{ name: 'Ada', mail: 'a@x' }])
  })
})

test.each([
  ['Fix\n\nPR-URL: https://github.com/nodejs/node/pull/123\n', '123'],
  ['Fix\n\nPR-URL: https://github.com/nodejs/node/pull/123/files#r1', '123'],
  ['Fix (#9)\n\nPR-URL: https://example.org/review/abc', 'https://example.org/review/abc'],
  ['Fix (#9)\n\nChange-Id: I8473b95934b5732a', '9'],
  ['Revert "Fix (#9)" (#10)', '10'],
  ['Fix\n\nsee (#9)\nChange-Id: I8473b95934b5732a', 'I8473b95934b5732a'],
  ['Fix #9', null],
])('the name of the change in %j is %j', (message, id) => {
  expect(changeIdIn(message)).toBe(id)
})

test.each(['dependabot[bot]', 'renovate', 'Renovate Bot', 'nodejs-github-bot', 'bot', 'github-actions'])(
  '%j is a program',
  (name) => {
    expect(isBot({ name, mail: 'x@y.org' })).toBeTrue()
  },
)

test.each(['Abbott', 'Talbot', 'Robot Jones', 'Jenkinson', 'Bo Tan'])('%j is a person', (name) => {
  expect(isBot({ name, mail: 'talbot@bots.org' })).toBeFalse()
})
