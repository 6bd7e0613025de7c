import { callOf, command, question, type Api } from '../../../infra/http/api.ts'
import type { Notifications } from '../notifications.ts'
import { getPreferences, type Preferences } from '../preferences/get-preferences.ts'
import { getTeamPreferences, type TeamPreferences } from '../preferences/get-team-preferences.ts'
import * as schemas from '../preferences/schemas.ts'
import { setPreferences } from '../preferences/set-preferences.ts'
import { setTeamPreferences } from '../preferences/set-team-preferences.ts'

const tag = 'Notifications'
const setUp = { 409: 'CHANNEL_NOT_SET_UP' }

const setPreferencesRoute = command({
  path: '/notification/setPreferences',
  operationId: 'setNotificationPreferences',
  tag,
  summary: 'Set how a person wants to be told, and of what',
  description: 'What is left out stays as it is; what is null is as the team says. Without channels nothing is sent.',
  request: schemas.PreferenceChangeSchema,
  success: { status: 200, schema: schemas.PreferencesAnswer, description: 'From now on' },
  refusals: { 404: 'NOT_FOUND', ...setUp },
})

const getPreferencesRoute = question({
  path: '/notification/getPreferences',
  operationId: 'getNotificationPreferences',
  tag,
  summary: 'How a person wants to be told, and how they are told',
  request: schemas.UserQuery,
  success: { status: 200, schema: schemas.PreferencesSchema, description: 'The preferences' },
  refusals: { 404: 'NOT_FOUND' },
})

const setTeamPreferencesRoute = command({
  path: '/notification/setTeamPreferences',
  operationId: 'setTeamNotificationPreferences',
  tag,
  summary: 'Set what a team is told, when its reviewers are reminded, and what holds for its members',
  description: 'What is left out stays as it is. Where reminders begin, reviews that are open wait from now on.',
  request: schemas.TeamPreferenceChangeSchema,
  success: { status: 200, schema: schemas.TeamPreferencesAnswer, description: 'From now on' },
  refusals: { 404: 'NOT_FOUND', ...setUp },
})

const getTeamPreferencesRoute = question({
  path: '/notification/getTeamPreferences',
  operationId: 'getTeamNotificationPreferences',
  tag,
  summary: 'What a team is told, when its reviewers are reminded, and what holds for its members',
  request: schemas.TeamQuery,
  success: { status: 200, schema: schemas.TeamPreferencesSchema, description: 'The preferences' },
  refusals: { 404: 'NOT_FOUND' },
})

export function addPreferenceRoutes(api: Api, notifications: Notifications): void {
  api.openapi(setPreferencesRoute, async (c) => {
    const { user_id: userId, channels, ...wishes } = c.req.valid('json')
    const input = { userId, channels: schemas.fromChannelsJson(channels), wishes: schemas.fromWishesJson(wishes) }
    const { newSecret, ...preferences } = await setPreferences(notifications, callOf(c, input))
    return c.json({ preferences: toJson(preferences), webhook_secret: newSecret }, 200)
  })
  api.openapi(getPreferencesRoute, async (c) => {
    const { user_id: userId } = c.req.valid('query')
    return c.json(toJson(await getPreferences(notifications, c.env.actor, { userId })), 200)
  })
  api.openapi(setTeamPreferencesRoute, async (c) => {
    const call = callOf(c, schemas.fromTeamChangeJson(c.req.valid('json')))
    const { newSecret, ...preferences } = await setTeamPreferences(notifications, call)
    return c.json({ preferences: toTeamJson(preferences), webhook_secret: newSecret }, 200)
  })
  api.openapi(getTeamPreferencesRoute, async (c) => {
    const { team_name: teamName } = c.req.valid('query')
    return c.json(toTeamJson(await getTeamPreferences(notifications, c.env.actor, { teamName })), 200)
  })
}

function toJson({ userId, channels, own, manner }: Preferences) {
  return {
    user_id: userId,
    channels: channels.map(schemas.toChannelJson),
    ...schemas.toWishesJson(own),
    effective: schemas.toMannerJson(manner),
  }
}

function toTeamJson(preferences: TeamPreferences) {
  const { teamName, channels, language, digestMinutes, kinds, nudgeHours, proposeHours, memberDefaults } = preferences
  return {
    team_name: teamName,
    channels: channels.map(schemas.toChannelJson),
    language,
    digest_minutes: digestMinutes,
    kinds: [...kinds],
    reminders: { nudge_after_hours: nudgeHours, propose_after_hours: proposeHours },
    member_defaults: schemas.toWishesJson(memberDefaults),
  }
}
