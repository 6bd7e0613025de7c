import { z } from '@hono/zod-openapi'
import { callOf, command, question, type Api } from '../../../infra/http/api.ts'
import { getMember } from '../get-member.ts'
import * as schemas from '../member-schemas.ts'
import type { People } from '../people.ts'
import { setLimits } from '../set-limits.ts'
import { setRamp } from '../set-ramp.ts'

const getMemberRoute = question({
  path: '/member/get',
  operationId: 'getMember',
  tag: 'Availability',
  summary: 'A member with all that bounds how they may be asked',
  description: 'Absences that are over are left out; none says why.',
  request: schemas.MemberQuery,
  success: { status: 200, schema: schemas.MemberSchema, description: 'The member' },
  refusals: { 404: 'NOT_FOUND' },
})

const setLimitsRoute = command({
  path: '/member/setLimits',
  operationId: 'setLimits',
  tag: 'Availability',
  summary: 'Set how much, when and for whom a member may be asked',
  description: 'What is left out stays as it is. Open reviews stay where they are.',
  request: schemas.LimitChangeSchema,
  success: {
    status: 200,
    schema: z.object({ limits: schemas.LimitsSchema }),
    description: 'The limits from now on',
  },
  refusals: { 404: 'NOT_FOUND' },
})

const setRampRoute = command({
  path: '/member/setRamp',
  operationId: 'setRamp',
  tag: 'Availability',
  summary: 'Set how far a member has come as a reviewer of their team, and who goes with them',
  description: 'A mentor is somebody else of the same team; left out, the present one stays. The ramped have none.',
  request: schemas.RampChangeSchema,
  success: { status: 200, schema: z.object({ ramp: schemas.RampSchema }), description: 'From now on' },
  refusals: { 404: 'NOT_FOUND' },
})

export function addMemberRoutes(api: Api, people: People): void {
  api.openapi(getMemberRoute, async (c) => {
    const { user_id: userId } = c.req.valid('query')
    return c.json(schemas.toMemberJson(await getMember(people, c.env.actor, { userId })), 200)
  })
  api.openapi(setLimitsRoute, async (c) => {
    const change = c.req.valid('json')
    const call = callOf(c, { userId: change.user_id, limits: schemas.fromLimitsJson(change) })
    return c.json({ limits: schemas.toLimitsJson(await setLimits(people, call)) }, 200)
  })
  api.openapi(setRampRoute, async (c) => {
    const { user_id: userId, level, mentor_id: mentorId } = c.req.valid('json')
    const ramp = await setRamp(people, callOf(c, { userId, level, mentorId }))
    return c.json({ ramp: schemas.toRampJson(ramp) }, 200)
  })
}
