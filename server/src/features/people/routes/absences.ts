import { z } from '@hono/zod-openapi'
import { callOf, command, question, type Api } from '../../../infra/http/api.ts'
import { DEFAULT_PAGE_SIZE } from '../../../infra/http/schemas.ts'
import * as schemas from '../absence-schemas.ts'
import { addAbsence } from '../add-absence.ts'
import { importCalendar } from '../import-calendar.ts'
import { listAbsences } from '../list-absences.ts'
import { CalendarSchema, toCalendarJson } from '../member-schemas.ts'
import type { People } from '../people.ts'
import { removeAbsence } from '../remove-absence.ts'
import { setCalendar } from '../set-calendar.ts'

const tag = 'Availability'

const addAbsenceRoute = command({
  path: '/absence/add',
  operationId: 'addAbsence',
  tag,
  summary: 'Note that somebody is away',
  description: 'Nobody is asked while away. Open reviews stay where they are.',
  request: schemas.NewAbsenceSchema,
  success: { status: 201, schema: z.object({ absence: schemas.AbsenceSchema }), description: 'The absence' },
  refusals: { 404: 'NOT_FOUND', 409: 'ABSENCE_EXISTS, TOO_MANY_ABSENCES' },
})

const removeAbsenceRoute = command({
  path: '/absence/remove',
  operationId: 'removeAbsence',
  tag,
  summary: 'Take an absence back',
  request: schemas.AbsenceIdSchema,
  success: { status: 200, schema: z.object({ absence: schemas.AbsenceSchema }), description: 'What it was' },
  refusals: { 404: 'NOT_FOUND', 409: 'ABSENCE_OF_CALENDAR' },
})

const listAbsencesRoute = question({
  path: '/absence/list',
  operationId: 'listAbsences',
  tag,
  summary: 'Absences by user and end, a page at a time',
  request: schemas.AbsenceListQuery,
  success: { status: 200, schema: schemas.AbsenceListSchema, description: 'A page of absences' },
})

const importCalendarRoute = command({
  path: '/absence/importCalendar',
  operationId: 'importCalendar',
  tag,
  summary: 'Take somebody’s absences from an iCalendar text',
  description: 'They replace those of the calendar before. Events that are free or cancelled are no absences.',
  request: schemas.CalendarImportSchema,
  success: {
    status: 200,
    schema: z.object({ imported: schemas.CalendarImportedSchema }),
    description: 'What was found',
  },
  refusals: { 404: 'NOT_FOUND', 409: 'CALENDAR_HAS_FEED' },
})

const setCalendarRoute = command({
  path: '/member/setCalendar',
  operationId: 'setCalendar',
  tag,
  summary: 'Name the calendar feed that tells of somebody’s absences',
  description: 'It is read within seconds, then again and again. Null ends that, and its absences go.',
  request: schemas.CalendarChangeSchema,
  success: { status: 200, schema: z.object({ calendar: CalendarSchema.nullable() }), description: 'The calendar' },
  refusals: { 404: 'NOT_FOUND' },
})

export function addAbsenceRoutes(api: Api, people: People): void {
  api.openapi(addAbsenceRoute, async (c) => {
    const { user_id: userId, absence_id: absenceId = null, from, to } = c.req.valid('json')
    const absence = await addAbsence(people, callOf(c, { userId, absenceId, from, to }))
    return c.json({ absence: schemas.toAbsenceJson(absence) }, 201)
  })
  api.openapi(removeAbsenceRoute, async (c) => {
    const { absence_id: absenceId } = c.req.valid('json')
    return c.json({ absence: schemas.toAbsenceJson(await removeAbsence(people, callOf(c, { absenceId }))) }, 200)
  })
  api.openapi(listAbsencesRoute, async (c) => {
    const { user_id: userId = null, team_name: teamName = null, from = null, ...page } = c.req.valid('query')
    const { cursor, limit = DEFAULT_PAGE_SIZE } = page
    const { rows, nextCursor } = await listAbsences(people, c.env.actor, { userId, teamName, from, cursor, limit })
    return c.json({ absences: rows.map(schemas.toAbsenceJson), next_cursor: nextCursor }, 200)
  })
  api.openapi(importCalendarRoute, async (c) => {
    const { user_id: userId, content } = c.req.valid('json')
    const imported = await importCalendar(people, callOf(c, { userId, content }))
    return c.json({ imported: { user_id: imported.userId, absences: imported.absences } }, 200)
  })
  api.openapi(setCalendarRoute, async (c) => {
    const { user_id: userId, url } = c.req.valid('json')
    const calendar = await setCalendar(people, callOf(c, { userId, url }))
    return c.json({ calendar: toCalendarJson(calendar) }, 200)
  })
}
