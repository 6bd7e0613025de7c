import { AppError } from '../../shared/errors.ts'
import { isStorable } from '../../shared/text.ts'

/** A place in a list: the sort key of the last row shown. Opaque to callers. */
export function encodeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** The key of `size` parts in a cursor; null without a cursor. Refuses anything `encodeCursor` did not make. */
export function decodeCursor(cursor: string | undefined, size: number): string[] | null {
  if (cursor === undefined) return null
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const isKey = isTextList(key) && key.length === size
    if (isKey && encodeCursor(key) === cursor) return key
  } catch {
    // Not JSON: refused below.
  }
  throw refuseCursor()
}

export function refuseCursor(): AppError {
  return new AppError('invalid', 'INVALID_REQUEST', 'cursor: is not a cursor of this list.')
}

function isTextList(key: unknown): key is string[] {
  return Array.isArray(key) && key.every((part) => typeof part === 'string' && isStorable(part))
}

export type Page<Row> = { rows: readonly Row[]; nextCursor: string | null }

/** Makes a page of rows read with a limit one above `limit`, so that the last page is known without a count. */
export function pageOf<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => readonly string[]): Page<Row> {
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { rows: rows.slice(0, limit), nextCursor: last === undefined ? null : encodeCursor(keyOf(last)) }
}
