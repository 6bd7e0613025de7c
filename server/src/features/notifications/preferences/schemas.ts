import { textField, z } from '../../../infra/http/schemas.ts'
import { isStorable } from '../../../shared/text.ts'
import { clock, clockOf, isTimeZone, minuteOf } from '../../people/index.ts'
import { channelKinds, kinds, languages, teamKinds } from '../domain/notification.ts'
import type { Manner, QuietHours, Wishes } from '../domain/preferences.ts'
import type { StoredChannel } from '../queries/channels.ts'
import type { WantedChannel } from './channels.ts'
import type { TeamPreferenceChange } from './set-team-preferences.ts'

const MAX_DIGEST_MINUTES = 1440
const MAX_HOURS = 1000
const secretShown = 'Of a webhook that is new: what its messages are signed with. Shown this once.'

export const userId = textField('u1')
export const teamName = textField('payments')
export const channelKind = z.enum(channelKinds).openapi({ example: 'email' })
export const kind = z.enum(kinds).openapi({ example: 'assigned' })
const language = z.enum(languages).openapi({ example: 'en' })
const digestMinutes = z
  .int('must be a whole number')
  .min(0, `must be from 0 to ${MAX_DIGEST_MINUTES}`)
  .max(MAX_DIGEST_MINUTES, `must be from 0 to ${MAX_DIGEST_MINUTES}`)
  .openapi({ description: 'What comes within so many minutes makes one message; 0 sends at once.', example: 1 })

function eachOnce(items: readonly string[]): boolean {
  return new Set(items).size === items.length
}

const kindList = z.array(kind).refine(eachOnce, 'must name no kind twice')
const teamKindList = z.array(z.enum(teamKinds)).refine(eachOnce, 'must name no kind twice')

const QuietHoursSchema = z
  .strictObject({ from: clock('20:00').nullable(), to: clock('09:00').nullable(), weekends: z.boolean() })
  .refine(({ from, to }) => (from === null) === (to === null), { path: ['to'], message: 'must go with from' })
  .refine(({ from, to }) => from === null || from !== to, { path: ['to'], message: 'must be another time than from' })
  .refine(({ from, to }) => from !== '00:00' || to !== '24:00', { path: ['to'], message: 'must leave time to tell' })
  .refine(({ from }) => from !== '24:00', { path: ['from'], message: 'must be before 24:00' })
  .openapi('QuietHours', {
    description: 'Local time; null for nights that are not quiet. What comes then is told when they end.',
    example: { from: '20:00', to: '09:00', weekends: true },
  })

const wishFields = {
  language: language.nullable(),
  time_zone: textField('Europe/Berlin').refine(isTimeZone, 'must be a time zone like Europe/Berlin').nullable(),
  quiet_hours: QuietHoursSchema.nullable(),
  digest_minutes: digestMinutes.nullable(),
  kinds: kindList.nullable(),
}

const address = z
  .string()
  .max(2000, 'must have at most 2000 characters')
  .refine(isStorable, 'must not contain NUL or half a surrogate pair')
const httpUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  const url = URL.parse(text)
  return url !== null && url.username + url.password === '' && !/\s/.test(text)
})
const email = z.email().max(254)
const addressRules = {
  email: { schema: email, message: 'must be a mail address like ada@example.org' },
  slack: { schema: httpUrl, message: 'must be a URL of http or https without a user' },
  mattermost: { schema: httpUrl, message: 'must be a URL of http or https without a user' },
  telegram: {
    schema: z.string().regex(/^(-?\d{1,20}|@\w{5,32})$/),
    message: 'must be the id of a chat like 123456789',
  },
  webhook: { schema: httpUrl, message: 'must be a URL of http or https without a user' },
} as const

const NotificationChannelSchema = z
  .strictObject({
    kind: channelKind,
    address: address.optional().openapi({ description: 'Left out, it stays as it is.', example: 'ada@example.org' }),
  })
  .superRefine(({ kind: of, address: given }, context) => {
    const { schema, message } = addressRules[of]
    if (given !== undefined && !schema.safeParse(given).success) {
      context.addIssue({ code: 'custom', path: ['address'], message })
    }
  })
  .openapi('NewNotificationChannel')

const channelList = z
  .array(NotificationChannelSchema)
  .refine((channels) => eachOnce(channels.map((each) => each.kind)), 'must name each kind once')
  .openapi({ description: 'All channels from now on; none sends nothing.' })

export const ShownChannelSchema = z
  .object({
    kind: channelKind,
    address: z.string().openapi({ description: 'URLs without their secret part.', example: 'ada@example.org' }),
  })
  .openapi('NotificationChannel')

function changesSomething(change: object): boolean {
  return Object.values(change).filter((value) => value !== undefined).length > 1
}

export const PreferenceChangeSchema = z
  .strictObject({ user_id: userId, channels: channelList.optional(), ...z.object(wishFields).partial().shape })
  .refine(changesSomething, { message: 'channels: give something to set' })
  .openapi('NotificationPreferenceChange')

export const PreferencesSchema = z
  .object({
    user_id: userId,
    channels: z.array(ShownChannelSchema),
    ...wishFields,
    effective: z
      .object({
        language,
        time_zone: z.string(),
        quiet_hours: QuietHoursSchema.nullable(),
        digest_minutes: digestMinutes,
        kinds: z.array(kind),
      })
      .openapi({ description: 'With what the team says where this person does not.' }),
  })
  .openapi('NotificationPreferences')

const hours = z
  .int('must be a whole number')
  .min(1, `must be from 1 to ${MAX_HOURS}`)
  .max(MAX_HOURS, `must be from 1 to ${MAX_HOURS}`)
  .nullable()

const remindersFields = {
  nudge_after_hours: hours.openapi({ description: 'Working hours without an answer; null is never.', example: 8 }),
  propose_after_hours: hours.openapi({ description: 'The same, until a replacement is proposed.', example: 16 }),
}

const teamFields = {
  language,
  digest_minutes: digestMinutes,
  kinds: teamKindList.openapi({ description: 'What the team’s channels are told.' }),
}

export const TeamPreferenceChangeSchema = z
  .strictObject({
    team_name: teamName,
    channels: channelList.optional(),
    ...z.object(teamFields).partial().shape,
    reminders: z.strictObject(remindersFields).optional(),
    member_defaults: z.strictObject(z.object(wishFields).partial().shape).optional(),
  })
  .refine(changesSomething, { message: 'channels: give something to set' })
  .openapi('TeamNotificationPreferenceChange')

export const TeamPreferencesSchema = z
  .object({
    team_name: teamName,
    channels: z.array(ShownChannelSchema),
    ...teamFields,
    kinds: z.array(kind),
    reminders: z.object(remindersFields),
    member_defaults: z.object(wishFields),
  })
  .openapi('TeamNotificationPreferences')

const webhookSecret = z.string().nullable().openapi({ description: secretShown, example: null })
export const PreferencesAnswer = z.object({ preferences: PreferencesSchema, webhook_secret: webhookSecret })
export const TeamPreferencesAnswer = z.object({ preferences: TeamPreferencesSchema, webhook_secret: webhookSecret })
export const UserQuery = z.strictObject({ user_id: userId })
export const TeamQuery = z.strictObject({ team_name: teamName })

type WishesJson = z.infer<z.ZodObject<typeof wishFields>>

export function fromChannelsJson(channels: z.infer<typeof channelList> | undefined): readonly WantedChannel[] | null {
  return channels?.map((each) => ({ kind: each.kind, address: each.address ?? null })) ?? null
}

export function fromWishesJson(json: { [Name in keyof WishesJson]?: WishesJson[Name] | undefined }): Partial<Wishes> {
  const wishes: Partial<Wishes> = {}
  if (json.language !== undefined) wishes.language = json.language
  if (json.time_zone !== undefined) wishes.timeZone = json.time_zone
  if (json.quiet_hours !== undefined) wishes.quietHours = fromQuietJson(json.quiet_hours)
  if (json.digest_minutes !== undefined) wishes.digestMinutes = json.digest_minutes
  if (json.kinds !== undefined) wishes.kinds = json.kinds
  return wishes
}

export function fromTeamChangeJson(json: z.infer<typeof TeamPreferenceChangeSchema>): TeamPreferenceChange {
  const { team_name, channels, language: spoken, digest_minutes: digest, kinds: wanted, reminders } = json
  return {
    teamName: team_name,
    channels: fromChannelsJson(channels),
    wishes: {
      ...(spoken === undefined ? {} : { language: spoken }),
      ...(digest === undefined ? {} : { digestMinutes: digest }),
      ...(wanted === undefined ? {} : { kinds: wanted }),
      ...(reminders === undefined
        ? {}
        : { nudgeHours: reminders.nudge_after_hours, proposeHours: reminders.propose_after_hours }),
    },
    memberDefaults: fromWishesJson(json.member_defaults ?? {}),
  }
}

function fromQuietJson(json: z.infer<typeof QuietHoursSchema> | null): QuietHours | null {
  if (json === null) return null
  const { from, to, weekends } = json
  return { fromMinute: from === null ? null : minuteOf(from), toMinute: to === null ? null : minuteOf(to), weekends }
}

export function toQuietJson(quiet: QuietHours | null): z.infer<typeof QuietHoursSchema> | null {
  if (quiet === null) return null
  const { fromMinute, toMinute, weekends } = quiet
  const shown = (minute: number | null) => (minute === null ? null : clockOf(minute))
  return { from: shown(fromMinute), to: shown(toMinute), weekends }
}

export function toWishesJson(wishes: Wishes): WishesJson {
  const { language: spoken, timeZone, quietHours, digestMinutes: digest, kinds: wanted } = wishes
  return {
    language: spoken,
    time_zone: timeZone,
    quiet_hours: toQuietJson(quietHours),
    digest_minutes: digest,
    kinds: wanted === null ? null : [...wanted],
  }
}

export function toMannerJson(manner: Manner): z.infer<typeof PreferencesSchema>['effective'] {
  const { language: spoken, timeZone, quietHours, digestMinutes: digest, kinds: wanted } = manner
  return {
    language: spoken,
    time_zone: timeZone,
    quiet_hours: toQuietJson(quietHours),
    digest_minutes: digest,
    kinds: [...wanted],
  }
}

/** Whoever knows the URL of a webhook can post there. */
export function toChannelJson({ kind: of, address: at }: StoredChannel): z.infer<typeof ShownChannelSchema> {
  const isSecret = of !== 'email' && of !== 'telegram'
  return { kind: of, address: isSecret ? `${new URL(at).origin}/…` : at }
}
