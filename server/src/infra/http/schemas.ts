import { z } from '@hono/zod-openapi'
import { isStorable } from '../../shared/text.ts'
import { wholeNumber } from '../../shared/whole-number.ts'

export { z }

function hasAtMost(limit: number): (text: string) => boolean {
  return (text) => text.length <= limit || [...text].length <= limit
}

/** An id or a name, unless more is allowed: 1 to 255 characters of any script, whatever they are. */
export function textField(example: string, maxLength = 255) {
  return z
    .string()
    .min(1, 'must not be empty')
    .refine(hasAtMost(maxLength), `must have at most ${maxLength} characters`)
    .refine(isStorable, 'must not contain NUL or half a surrogate pair')
    .openapi({ example, minLength: 1, maxLength })
}

export const MAX_PATH_LENGTH = 4096

/** The path of a file in a repository. */
export function pathField(example: string) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(MAX_PATH_LENGTH, `must have at most ${MAX_PATH_LENGTH} characters`)
    .refine(isStorable, 'must not contain NUL or half a surrogate pair')
    .openapi({ example })
}

/** A moment as it may be asked for, with any offset. */
export function timeField(example: string) {
  return z.iso
    .datetime({ offset: true, error: 'must be a time like 2026-11-01T00:00:00Z' })
    .refine(isInRange, 'must be in the years 1970 to 9999')
    .openapi({ format: 'date-time', example })
}

/** Whether a time is one that every part of the system can hold. */
export function isInRange(text: string): boolean {
  const year = new Date(text).getUTCFullYear()
  return year >= 1970 && year <= 9999
}

/** A moment as it is shown: in UTC, with all digits PostgreSQL keeps. */
export function shownTimeField(example = '2026-11-21T09:30:00.123456Z') {
  return z.string().openapi({ format: 'date-time', example })
}

export const DEFAULT_PAGE_SIZE = 50
export const MAX_PAGE_SIZE = 500

export const pageFields = {
  cursor: z
    .string()
    .max(6000, 'is not a cursor of this list')
    .optional()
    .openapi({ description: '`next_cursor` of the page before.' }),
  limit: wholeNumberField(1, MAX_PAGE_SIZE)
    .optional()
    .openapi({ description: `At most this many, up to ${MAX_PAGE_SIZE}.`, default: DEFAULT_PAGE_SIZE, example: 20 }),
}

/** A whole number in a query string. */
export function wholeNumberField(min: number, max: number) {
  return wholeNumber(min, max).openapi({ type: 'integer', minimum: min, maximum: max })
}

/** `true` or `false` in a query string. */
export function flag() {
  return z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .openapi({ type: 'boolean', example: true })
}

export const nextCursorField = z
  .string()
  .nullable()
  .openapi({ description: 'Ask for the next page with it as `cursor`; null on the last page.', example: null })
