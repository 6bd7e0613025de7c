import { expect, test } from 'bun:test'
import { z } from '@hono/zod-openapi'
import { explainIssues } from './explain-issues.ts'
import { flag, textField, wholeNumberField } from './schemas.ts'

const Person = z.strictObject({ user_id: textField('u1'), is_active: z.boolean() })
const Team = z.strictObject({ name: textField('t'), size: z.int(), members: z.array(Person) })

function explain(schema: z.ZodType, input: unknown): string {
  const result = schema.safeParse(input)
  return result.success ? 'none' : explainIssues(result.error.issues)
}

const team = { name: 'payments', size: 1, members: [] }

test.each([
  ['a missing field', { size: 1, members: [] }, 'name: is missing.'],
  ['a wrong type', { ...team, name: 7 }, 'name: must be a string.'],
  ['null', { ...team, name: null }, 'name: must be a string.'],
  ['an article before a vowel', { ...team, members: {} }, 'members: must be an array.'],
  [
    'a place in a list',
    { ...team, members: [{ user_id: 'a', is_active: 'yes' }] },
    'members[0].is_active: must be a boolean.',
  ],
  ['an unknown field', { ...team, extra: 1 }, 'unknown field "extra".'],
  ['unknown fields', { ...team, extra: 1, 'sp ce': 2 }, 'unknown fields "extra", "sp ce".'],
  ['an empty text', { ...team, name: '' }, 'name: must not be empty.'],
  ['a long text', { ...team, name: 'x'.repeat(256) }, 'name: must have at most 255 characters.'],
  ['NUL', { ...team, name: 'a\0b' }, 'name: must not contain NUL or half a surrogate pair.'],
  ['a whole that is no object', [], 'must be an object.'],
  ['a whole that is missing', undefined, 'is missing.'],
])('%s is explained', (_, input, explanation) => {
  expect(explain(Team, input)).toBe(explanation)
})

test('255 characters are counted as people count them, beyond the first plane too', () => {
  expect(explain(textField('x'), '😀'.repeat(255))).toBe('none')
  expect(explain(textField('x'), '😀'.repeat(256))).toBe('must have at most 255 characters.')
})

test('the values that may be are named', () => {
  expect(explain(z.strictObject({ active: flag() }), { active: '1' })).toBe('active: must be one of "true", "false".')
  expect(explain(z.strictObject({ limit: wholeNumberField(1, 9) }), { limit: '0' })).toBe(
    'limit: must be a whole number from 1 to 9.',
  )
})

test('several faults are told together, up to five, and then how many more', () => {
  const members = Array.from({ length: 7 }, () => ({ user_id: '', is_active: true }))
  const explanation = explain(Team, { ...team, members })

  expect(explanation.match(/must not be empty/g)).toHaveLength(5)
  expect(explanation).toEndWith('members[4].user_id: must not be empty. And 2 more.')
  expect(explain(Team, { ...team, name: '', size: 'x' })).toBe('name: must not be empty. size: must be a number.')
})
