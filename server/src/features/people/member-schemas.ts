import { textField, z } from '../../infra/http/schemas.ts'
import { rampLevels, type WorkingHours } from '../../shared/roster.ts'
import { absenceFields, toAbsenceJson } from './absence-schemas.ts'
import { isTimeZone } from './calendar/time-zone.ts'
import type { Absence, Calendar, Limits, Member, Ramp } from './domain/member.ts'
import { onlyGiven } from './schemas.ts'

const MAX_AUTHORS = 1000
const userId = textField('u1')
const teamName = textField('payments')
const level = z.enum(rampLevels).openapi({ example: 'shadow' })
const mentorId = userId.nullable().openapi({ example: 'u2' })
const timeOrNull = z.string().nullable().openapi({ format: 'date-time', example: '2026-11-21T09:30:00.000000Z' })

const WorkingHoursSchema = z
  .strictObject({
    time_zone: textField('Europe/Berlin').refine(isTimeZone, 'must be a time zone like Europe/Berlin'),
    days: z
      .array(
        z.int('must be a whole number').min(1, 'must be from 1, Monday, to 7').max(7, 'must be from 1, Monday, to 7'),
      )
      .min(1, 'must name a day')
      .refine((days) => new Set(days).size === days.length, 'must name no day twice')
      .openapi({ description: '1 is Monday, 7 is Sunday.', example: [1, 2, 3, 4, 5] }),
    start: clock('09:00'),
    end: clock('18:00'),
  })
  .refine(({ start, end }) => start !== end, { path: ['end'], message: 'must be another time than start' })
  .openapi('WorkingHours', {
    description: 'Local time. Hours that end before they start end on the next day; 00:00 to 24:00 is a whole day.',
  })

const limitFields = {
  max_open_reviews: z
    .int('must be a whole number')
    .min(0, 'must be from 0 to 1000')
    .max(1000, 'must be from 0 to 1000')
    .nullable()
    .openapi({ description: 'Nobody has more open reviews than that by decision; null is no limit.', example: 3 }),
  never_assign: z.boolean().openapi({ description: 'Never asked by decision.', example: false }),
  never_assign_authors: z
    .array(userId)
    .max(MAX_AUTHORS, `must be at most ${MAX_AUTHORS} authors`)
    .openapi({ description: 'Never asked for pull requests of these authors.', example: ['u7'] }),
  working_hours: WorkingHoursSchema.nullable(),
}

export const LimitChangeSchema = z
  .strictObject({ user_id: userId, ...z.object(limitFields).partial().shape })
  .refine((change) => Object.values(change).filter((value) => value !== undefined).length > 1, {
    message: 'max_open_reviews: give a limit to set',
  })
  .openapi('LimitChange')

export const LimitsSchema = z.object({ user_id: userId, ...limitFields }).openapi('Limits')

export const RampChangeSchema = z
  .strictObject({ user_id: userId, level, mentor_id: mentorId.optional() })
  .refine(({ user_id, mentor_id }) => mentor_id !== user_id, { path: ['mentor_id'], message: 'must be somebody else' })
  .refine((change) => change.level !== 'ramped' || (change.mentor_id ?? null) === null, {
    path: ['mentor_id'],
    message: 'must be null for somebody who is ramped',
  })
  .openapi('RampChange')

export const RampSchema = z.object({ user_id: userId, team_name: teamName, level, mentor_id: mentorId }).openapi('Ramp')

export const CalendarSchema = z
  .object({
    url: z.string().openapi({ description: 'Without its secret part.', example: 'https://calendar.example.com/…' }),
    checked_at: timeOrNull,
    error: z.string().nullable().openapi({ description: 'Why it could not be read last time.', example: null }),
  })
  .openapi('Calendar')

export const MemberSchema = z
  .object({
    user_id: userId,
    team_name: teamName,
    is_active: z.boolean().openapi({ example: true }),
    level,
    mentor_id: mentorId,
    limits: LimitsSchema.omit({ user_id: true, working_hours: true }),
    working_hours: limitFields.working_hours,
    absences: z.array(z.object(absenceFields).omit({ user_id: true })),
    calendar: CalendarSchema.nullable(),
  })
  .openapi('Member')

export const MemberQuery = z.strictObject({ user_id: userId })

/** A time of day. */
export function clock(example: string) {
  return z
    .string()
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day like 09:00')
    .openapi({ example })
}

export function fromLimitsJson(change: z.infer<typeof LimitChangeSchema>): Partial<Limits> {
  const { never_assign_authors: authors, working_hours: hours } = change
  return onlyGiven({
    maxOpenReviews: change.max_open_reviews,
    isNeverAssigned: change.never_assign,
    neverAuthorIds: authors === undefined ? undefined : [...new Set(authors)],
    workingHours: hours === undefined || hours === null ? hours : fromHoursJson(hours),
  })
}

function fromHoursJson({ time_zone, days, start, end }: z.infer<typeof WorkingHoursSchema>): WorkingHours {
  return {
    timeZone: time_zone,
    days: days.toSorted((a, b) => a - b),
    startMinute: minuteOf(start),
    endMinute: minuteOf(end),
  }
}

export function toLimitsJson(limits: Limits & { userId: string }): z.infer<typeof LimitsSchema> {
  return {
    user_id: limits.userId,
    ...toOwnLimitsJson(limits),
    working_hours: toHoursJson(limits.workingHours),
  }
}

function toOwnLimitsJson(limits: Limits) {
  return {
    max_open_reviews: limits.maxOpenReviews,
    never_assign: limits.isNeverAssigned,
    never_assign_authors: [...limits.neverAuthorIds],
  }
}

function toHoursJson(hours: WorkingHours | null): z.infer<typeof WorkingHoursSchema> | null {
  if (hours === null) return null
  const { timeZone: time_zone, days, startMinute, endMinute } = hours
  return { time_zone, days: [...days], start: clockOf(startMinute), end: clockOf(endMinute) }
}

export function minuteOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
}

export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

export function toRampJson(ramp: Ramp & { userId: string; teamName: string }): z.infer<typeof RampSchema> {
  return { user_id: ramp.userId, team_name: ramp.teamName, level: ramp.level, mentor_id: ramp.mentorId }
}

export function toCalendarJson(calendar: Calendar | null): z.infer<typeof CalendarSchema> | null {
  if (calendar === null) return null
  return { url: `${new URL(calendar.url).origin}/…`, checked_at: calendar.checkedAt, error: calendar.error }
}

export function toMemberJson(member: Member & { absences: readonly Absence[] }): z.infer<typeof MemberSchema> {
  return {
    ...toRampJson(member),
    is_active: member.isActive,
    limits: toOwnLimitsJson(member.limits),
    working_hours: toHoursJson(member.limits.workingHours),
    absences: member.absences.map((absence) => {
      const { user_id: _, ...rest } = toAbsenceJson(absence)
      return rest
    }),
    calendar: toCalendarJson(member.calendar),
  }
}
