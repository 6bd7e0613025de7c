import { isInRange, nextCursorField, pageFields, shownTimeField, textField, z } from '../../infra/http/schemas.ts'
import type { Absence } from './domain/member.ts'

const userId = textField('u1')
const absenceId = textField('holiday-2026')
const TIME_ERROR = 'must be a time like 2026-11-21T09:30:00+01:00 or a day like 2026-11-21'

const time = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: TIME_ERROR })
  .refine(isInRange, 'must be in the years 1970 to 9999')
  .transform(toUtc)
  .openapi({ type: 'string', description: 'A day stands for its midnight in UTC.', example: '2026-12-24' })
const shownTime = shownTimeField('2026-12-24T00:00:00.000000Z')

export const absenceFields = {
  absence_id: absenceId,
  user_id: userId,
  from: shownTime,
  to: shownTime.openapi({ description: 'The first moment of being back.', example: '2027-01-02T00:00:00.000000Z' }),
  source: z.enum(['hand', 'calendar']).openapi({ example: 'hand' }),
}

export const AbsenceSchema = z.object(absenceFields).openapi('Absence')

export const NewAbsenceSchema = z
  .strictObject({
    user_id: userId,
    from: time,
    to: time.openapi({ description: 'The first moment of being back.', example: '2027-01-02' }),
    absence_id: absenceId.optional().openapi({ description: 'Makes adding it again harmless.' }),
  })
  .refine(({ from, to }) => to > from, { path: ['to'], message: 'must be after from' })
  .openapi('NewAbsence')

export const AbsenceIdSchema = z.strictObject({ absence_id: absenceId }).openapi('AbsenceId')

export const AbsenceListQuery = z.strictObject({
  user_id: userId.optional(),
  team_name: textField('payments').optional(),
  from: time.optional().openapi({
    type: 'string',
    description: 'Those that end after this; without it, those that are not over.',
    example: '2026-01-01',
  }),
  ...pageFields,
})
export const AbsenceListSchema = z.object({ absences: z.array(AbsenceSchema), next_cursor: nextCursorField })

export const CalendarImportSchema = z
  .strictObject({
    user_id: userId,
    content: z.string().openapi({ description: 'An iCalendar text (RFC 5545).', example: 'BEGIN:VCALENDAR\r\n…' }),
  })
  .openapi('CalendarImport')
export const CalendarImportedSchema = z.object({
  user_id: userId,
  absences: z.int().openapi({ description: 'From 30 days ago to 365 days ahead.', example: 12 }),
})

export const CalendarChangeSchema = z
  .strictObject({
    user_id: userId,
    url: z
      .string()
      .max(2000, 'must have at most 2000 characters')
      .transform(toFeedUrl)
      .refine(isFeedUrl, 'must be an http, https or webcal URL without a user name')
      .nullable()
      .openapi({ type: ['string', 'null'], example: 'https://calendar.example.com/private-7f3a/basic.ics' }),
  })
  .openapi('CalendarChange')

/** Calendars offer their feeds under a scheme of their own: https://en.wikipedia.org/wiki/Webcal */
function toFeedUrl(text: string): string {
  return URL.parse(text.replace(/^webcals?:/i, 'https:'))?.href ?? ''
}

function isFeedUrl(href: string): boolean {
  const url = URL.parse(href)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

/** In UTC with six digits, as far as PostgreSQL counts: as a time it answers with. */
function toUtc(text: string): string {
  const fraction = /\.(\d{1,6})/.exec(text)?.[1] ?? ''
  return `${new Date(text).toISOString().slice(0, 19)}.${fraction.padEnd(6, '0')}Z`
}

export function toAbsenceJson(absence: Absence): z.infer<typeof AbsenceSchema> {
  const { absenceId: absence_id, userId: user_id, from, to, source } = absence
  return { absence_id, user_id, from, to, source }
}
