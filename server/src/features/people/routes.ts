import { z } from '@hono/zod-openapi'
import { callOf, command, question, type Api } from '../../infra/http/api.ts'
import { cachedAnswer } from '../../infra/http/cached-answer.ts'
import { DEFAULT_PAGE_SIZE } from '../../infra/http/schemas.ts'
import { addTeam } from './add-team.ts'
import { teamAnswer, userAnswer } from './answers.ts'
import { getPolicy } from './get-policy.ts'
import { getTeam } from './get-team.ts'
import { getUser } from './get-user.ts'
import { listTeams } from './list-teams.ts'
import { listUsers } from './list-users.ts'
import type { People } from './people.ts'
import { addAbsenceRoutes } from './routes/absences.ts'
import { addMemberRoutes } from './routes/members.ts'
import * as schemas from './schemas.ts'
import { setIsActive } from './set-is-active.ts'
import { setPolicy } from './set-policy.ts'

const addTeamRoute = command({
  path: '/team/add',
  operationId: 'addTeam',
  tag: 'Teams',
  summary: 'Create a team with its members',
  description: 'A member who is in another team moves here; their open reviews stay with them.',
  request: schemas.NewTeamSchema,
  success: { status: 201, schema: z.object({ team: schemas.TeamSchema }), description: 'The team, members by user id' },
  refusals: { 400: 'TEAM_EXISTS' },
})

const getTeamRoute = question({
  path: '/team/get',
  operationId: 'getTeam',
  tag: 'Teams',
  summary: 'A team with its members',
  request: schemas.TeamQuery,
  success: { status: 200, schema: schemas.TeamSchema, description: 'The team, members by user id' },
  refusals: { 404: 'NOT_FOUND' },
  isCached: true,
})

const listTeamsRoute = question({
  path: '/team/list',
  operationId: 'listTeams',
  tag: 'Teams',
  summary: 'Teams by name, a page at a time',
  request: schemas.TeamListQuery,
  success: { status: 200, schema: schemas.TeamListSchema, description: 'A page of teams' },
})

const setPolicyRoute = command({
  path: '/team/setPolicy',
  operationId: 'setPolicy',
  tag: 'Teams',
  summary: 'Set how a team’s reviewers are chosen, and how many',
  description: 'What is left out stays as it is.',
  request: schemas.PolicyChangeSchema,
  success: {
    status: 200,
    schema: z.object({ policy: schemas.TeamPolicySchema }),
    description: 'The policy from now on',
  },
  refusals: { 404: 'NOT_FOUND' },
})

const getPolicyRoute = question({
  path: '/team/getPolicy',
  operationId: 'getPolicy',
  tag: 'Teams',
  summary: 'How a team’s reviewers are chosen, and how many',
  request: schemas.TeamQuery,
  success: { status: 200, schema: z.object({ policy: schemas.TeamPolicySchema }), description: 'The policy' },
  refusals: { 404: 'NOT_FOUND' },
})

const setIsActiveRoute = command({
  path: '/users/setIsActive',
  operationId: 'setIsActive',
  tag: 'Users',
  summary: 'Switch a user on or off for new reviews',
  description: 'Open reviews stay where they are; `POST /team/deactivateMembers` is what moves them.',
  request: schemas.ActiveFlagSchema,
  success: { status: 200, schema: z.object({ user: schemas.UserSchema }), description: 'The user' },
  refusals: { 404: 'NOT_FOUND' },
})

const getUserRoute = question({
  path: '/users/get',
  operationId: 'getUser',
  tag: 'Users',
  summary: 'A user',
  request: schemas.UserQuery,
  success: { status: 200, schema: schemas.UserSchema, description: 'The user' },
  refusals: { 404: 'NOT_FOUND' },
  isCached: true,
})

const listUsersRoute = question({
  path: '/users/list',
  operationId: 'listUsers',
  tag: 'Users',
  summary: 'Users by id, a page at a time',
  request: schemas.UserListQuery,
  success: { status: 200, schema: schemas.UserListSchema, description: 'A page of users' },
})

export function addPeopleRoutes(api: Api, people: People): void {
  addTeamRoutes(api, people)
  addUserRoutes(api, people)
  addMemberRoutes(api, people)
  addAbsenceRoutes(api, people)
}

function addTeamRoutes(api: Api, people: People): void {
  api.openapi(addTeamRoute, async (c) => {
    const team = await addTeam(people, callOf(c, schemas.fromTeamJson(c.req.valid('json'))))
    return c.json({ team: schemas.toTeamJson(team) }, 201)
  })
  api.openapi(getTeamRoute, (c) => {
    const { team_name: teamName } = c.req.valid('query')
    return cachedAnswer(c, people.answers, teamAnswer(teamName), () => getTeam(people, c.env.actor, { teamName }))
  })
  api.openapi(listTeamsRoute, async (c) => {
    const { cursor, limit = DEFAULT_PAGE_SIZE } = c.req.valid('query')
    const page = await listTeams(people, c.env.actor, { cursor, limit })
    return c.json({ teams: page.rows.map(schemas.toSummaryJson), next_cursor: page.nextCursor }, 200)
  })
  api.openapi(setPolicyRoute, async (c) => {
    const change = c.req.valid('json')
    const settings = schemas.fromPolicyJson(change)
    const team = await setPolicy(people, callOf(c, { teamName: change.team_name, settings }))
    return c.json({ policy: schemas.toPolicyJson(team) }, 200)
  })
  api.openapi(getPolicyRoute, async (c) => {
    const { team_name: teamName } = c.req.valid('query')
    const team = await getPolicy(people, c.env.actor, { teamName })
    return c.json({ policy: schemas.toPolicyJson(team) }, 200)
  })
}

function addUserRoutes(api: Api, people: People): void {
  api.openapi(setIsActiveRoute, async (c) => {
    const { user_id: userId, is_active: isActive } = c.req.valid('json')
    const user = await setIsActive(people, callOf(c, { userId, isActive }))
    return c.json({ user: schemas.toUserJson(user) }, 200)
  })
  api.openapi(getUserRoute, async (c) => {
    const { user_id: userId } = c.req.valid('query')
    return cachedAnswer(c, people.answers, userAnswer(userId), async () =>
      JSON.stringify(schemas.toUserJson(await getUser(people, c.env.actor, { userId }))),
    )
  })
  api.openapi(listUsersRoute, async (c) => {
    const {
      team_name: teamName = null,
      is_active: isActive = null,
      cursor,
      limit = DEFAULT_PAGE_SIZE,
    } = c.req.valid('query')
    const page = await listUsers(people, c.env.actor, { teamName, isActive, cursor, limit })
    return c.json({ users: page.rows.map(schemas.toUserJson), next_cursor: page.nextCursor }, 200)
  })
}
