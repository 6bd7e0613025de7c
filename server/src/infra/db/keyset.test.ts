import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { AppError } from '../../shared/errors.ts'
import { decodeCursor, encodeCursor, pageOf } from './keyset.ts'

const parts = fc.array(
  fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  { minLength: 1, maxLength: 3 },
)

function refusalOf(cursor: string, size: number): unknown {
  try {
    return decodeCursor(cursor, size)
  } catch (error) {
    return error instanceof AppError ? `${error.kind} ${error.code}` : error
  }
}

test('a cursor gives back the key it was made of, and needs no escaping in a URL', () => {
  fc.assert(
    fc.property(parts, (key) => {
      const cursor = encodeCursor(key)

      expect(decodeCursor(cursor, key.length)).toEqual(key)
      expect(cursor).toMatch(/^[\w-]+$/)
    }),
  )
})

test('without a cursor there is no key', () => {
  expect(decodeCursor(undefined, 1)).toBeNull()
})

test('a cursor of a list with another key is refused', () => {
  fc.assert(
    fc.property(parts, fc.nat(4), (key, size) => {
      fc.pre(size !== key.length)
      expect(refusalOf(encodeCursor(key), size)).toBe('invalid INVALID_REQUEST')
    }),
  )
})

test('any other text is refused as a wrong request, and never as a failure', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.json()), (text) => {
      const found = refusalOf(text, 1)
      if (found !== 'invalid INVALID_REQUEST') expect(encodeCursor(found as string[])).toBe(text)
    }),
  )
})

test.each([
  ['nothing', ''],
  ['a number as a part', Buffer.from('[1]').toString('base64url')],
  ['an object', Buffer.from('{"length":1,"0":"a"}').toString('base64url')],
  ['NUL', encodeCursor(['a\0b'])],
  ['half a surrogate pair', encodeCursor(['\ud800'])],
  ['padding', `${Buffer.from('["a"]').toString('base64')}=`],
  ['white space within', Buffer.from('[ "a" ]').toString('base64url')],
])('a cursor with %s is refused', (_, cursor) => {
  expect(refusalOf(cursor, 1)).toBe('invalid INVALID_REQUEST')
})

test('pages put together are the whole list, each row once, and only the last page has no cursor', () => {
  fc.assert(
    fc.property(fc.nat(30), fc.integer({ min: 1, max: 7 }), (count, limit) => {
      const list = Array.from({ length: count }, (_, index) => String(index).padStart(3, '0'))
      const seen: string[][] = []
      let cursor: string | undefined
      do {
        const after = decodeCursor(cursor, 1)?.[0] ?? ''
        const read = list.filter((id) => id > after).slice(0, limit + 1)
        const page = pageOf(read, limit, (id) => [id])
        seen.push([...page.rows])
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)

      expect(seen.flat()).toEqual(list)
      expect(seen).toHaveLength(Math.max(1, Math.ceil(count / limit)))
    }),
  )
})
