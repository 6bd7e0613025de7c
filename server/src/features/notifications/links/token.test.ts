import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readGrant, signGrant, type LinkGrant } from './token.ts'

const KEY = 'k'.repeat(32)
const anyGrant: fc.Arbitrary<LinkGrant> = fc.record({
  action: fc.constantFrom('acknowledge', 'replace'),
  workspaceId: fc.nat(),
  pullRequestId: fc.string({ unit: 'grapheme' }),
  reviewerId: fc.string({ unit: 'grapheme' }),
  decision: fc.nat(),
  userId: fc.string(),
  language: fc.constantFrom('en', 'ru'),
  expiresS: fc.nat(),
  proposedId: fc.option(fc.string({ unit: 'grapheme' })),
})

test('what was signed is read as it was, in characters that may stand in a URL', () => {
  fc.assert(
    fc.property(anyGrant, (grant) => {
      const token = signGrant(KEY, grant)

      expect(token).toMatch(/^[\w-]+\.[\w-]+$/)
      expect(readGrant(KEY, token)).toEqual(grant)
    }),
  )
})

test('no token with another character anywhere is good', () => {
  fc.assert(
    fc.property(anyGrant, fc.nat(), fc.constantFrom(...Array.from('Aa0_-.=% \0é')), (grant, place, other) => {
      const token = signGrant(KEY, grant)
      const at = place % token.length
      const changed = token.slice(0, at) + other + token.slice(at + 1)

      expect(readGrant(KEY, changed)).toEqual(changed === token ? grant : null)
    }),
    { numRuns: 2000 },
  )
})

test('no part of one token makes another good', () => {
  fc.assert(
    fc.property(anyGrant, anyGrant, (one, two) => {
      const [payload] = signGrant(KEY, one).split('.')
      const [ofTwo, signature] = signGrant(KEY, two).split('.')

      expect(readGrant(KEY, `${payload}.${signature}`)).toEqual(payload === ofTwo ? two : null)
    }),
  )
})

test('a link made before anybody was named in it is good, and names nobody', () => {
  const token =
    'WyJyZXBsYWNlIiwxLCJwci0xIiwiYm9iIiwyLCJhZGEiLCJlbiIsMTcwMDAwMDAwMF0.aSS6jxxI_jbiaSOp6w6Nwh2NjRY2KAhozqAE1Yb3XGE'

  expect(readGrant(KEY, token)).toEqual({
    action: 'replace',
    workspaceId: 1,
    pullRequestId: 'pr-1',
    reviewerId: 'bob',
    decision: 2,
    userId: 'ada',
    language: 'en',
    expiresS: 1_700_000_000,
    proposedId: null,
  })
})

test('nothing that somebody makes up is good, and nothing signed by another key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), anyGrant, (text, grant) => {
      expect(readGrant(KEY, text)).toBeNull()
      expect(readGrant('other', signGrant(KEY, grant))).toBeNull()
    }),
  )
})
