import pg from 'pg'

const { builtins } = pg.types

/** Whole numbers stay numbers; times become RFC 3339 in UTC with all six digits PostgreSQL keeps. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === builtins.INT8) return Number
    if (oid === builtins.TIMESTAMPTZ) return toRfc3339
    return pg.types.getTypeParser(oid, format) as (text: string) => unknown
  },
}

const SECONDS = '09:30:00'.length
const MICROSECONDS = '2026-11-21T09:30:00.123456'.length

/** From PostgreSQL's text form in a session at UTC, e.g. `2026-11-21 09:30:00.12+00`. All times have the same length, so that texts compare as times. */
export function toRfc3339(text: string): string {
  if (!text.endsWith('+00')) throw new Error(`Expected a time in UTC, got ${text}`)
  const time = text.slice(11, -3)
  return `${text.slice(0, 10)}T${time.length === SECONDS ? `${time}.` : time}`.padEnd(MICROSECONDS, '0') + 'Z'
}
