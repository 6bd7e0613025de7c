import { flag, nextCursorField, pageFields, textField, z } from '../../infra/http/schemas.ts'
import { ownersModes, reviewPolicies, type TeamSettings } from '../../shared/roster.ts'
import type { Team, TeamMember, TeamPolicy, TeamSummary, User } from './domain/team.ts'

const teamName = textField('payments')
const userId = textField('u1')
const isActive = z.boolean().openapi({ example: true })
const policy = z.enum(reviewPolicies).openapi({ example: 'least-loaded' })
const reviewersWanted = z
  .int('must be a whole number')
  .min(0, 'must be 0, 1 or 2')
  .max(2, 'must be 0, 1 or 2')
  .openapi({ example: 2 })

const settingFields = {
  policy,
  reviewers_wanted: reviewersWanted,
  load_weight: z
    .number()
    .min(0, 'must be from 0 to 100')
    .max(100, 'must be from 0 to 100')
    .openapi({ description: 'How much `expertise` minds that somebody reviewed much lately.', example: 1 }),
  owners_mode: z.enum(ownersModes).openapi({
    description: 'Owners of the changed files are nothing special, asked before others, or the only ones asked.',
    example: 'off',
  }),
  avoids_repeats: z
    .boolean()
    .openapi({ description: 'Whether those who were chosen last come after all others.', example: false }),
  shadow_budget: z
    .number()
    .min(0, 'must be from 0 to 1')
    .max(1, 'must be from 0 to 1')
    .openapi({ description: 'At most this share of the pull requests gets a shadow.', example: 0.02 }),
  trial_policy: policy
    .nullable()
    .openapi({ description: 'Decides beside `policy`, without acting; null for none.', example: null }),
}

const TeamMemberSchema = z
  .strictObject({ user_id: userId, username: textField('Ada'), is_active: isActive })
  .openapi('TeamMember')

export const TeamSchema = z.strictObject({ team_name: teamName, members: z.array(TeamMemberSchema) }).openapi('Team', {
  example: {
    team_name: 'payments',
    members: [
      { user_id: 'u1', username: 'Ada', is_active: true },
      { user_id: 'u2', username: 'Bob', is_active: true },
      { user_id: 'u3', username: 'Cleo', is_active: true },
    ],
  },
})

/** A team as it may be added: nobody twice. */
export const NewTeamSchema = TeamSchema.superRefine(({ members }, context) => {
  const seen = new Set<string>()
  members.forEach(({ user_id }, index) => {
    if (seen.has(user_id)) {
      const path = ['members', index, 'user_id']
      context.addIssue({ code: 'custom', path, message: `${JSON.stringify(user_id)} is in the team twice` })
    }
    seen.add(user_id)
  })
})

export const UserSchema = z
  .object({ user_id: userId, username: textField('Ada'), team_name: teamName, is_active: isActive })
  .openapi('User')

export const TeamQuery = z.strictObject({ team_name: teamName })
export const UserQuery = z.strictObject({ user_id: userId })
export const ActiveFlagSchema = z.strictObject({ user_id: userId, is_active: isActive }).openapi('ActiveFlag')

export const TeamListQuery = z.strictObject(pageFields)
export const UserListQuery = z.strictObject({
  team_name: teamName.optional(),
  is_active: flag().optional(),
  ...pageFields,
})

export const TeamPolicySchema = z.object({ team_name: teamName, ...settingFields }).openapi('TeamPolicy')

export const PolicyChangeSchema = z
  .strictObject({ team_name: teamName, ...z.object(settingFields).partial().shape })
  .refine((change) => Object.values(change).filter((value) => value !== undefined).length > 1, {
    message: 'policy: give a policy, reviewers_wanted, or another setting',
  })
  .openapi('PolicyChange')

const TeamSummarySchema = TeamPolicySchema.extend({
  members: z.int().openapi({ example: 12 }),
  active_members: z.int().openapi({ example: 11 }),
}).openapi('TeamSummary')

export const TeamListSchema = z.object({ teams: z.array(TeamSummarySchema), next_cursor: nextCursorField })
export const UserListSchema = z.object({ users: z.array(UserSchema), next_cursor: nextCursorField })

export function toTeamJson({ teamName: team_name, members }: Team): z.infer<typeof TeamSchema> {
  return { team_name, members: members.map(toMemberJson) }
}

export function toMemberJson(member: TeamMember): z.infer<typeof TeamMemberSchema> {
  return { user_id: member.userId, username: member.username, is_active: member.isActive }
}

export function toUserJson(user: User): z.infer<typeof UserSchema> {
  return { user_id: user.userId, username: user.username, team_name: user.teamName, is_active: user.isActive }
}

export function toPolicyJson(team: TeamPolicy): z.infer<typeof TeamPolicySchema> {
  return {
    team_name: team.teamName,
    policy: team.policy,
    reviewers_wanted: team.reviewersWanted,
    load_weight: team.loadWeight,
    owners_mode: team.ownersMode,
    avoids_repeats: team.avoidsRepeats,
    shadow_budget: team.shadowBudget,
    trial_policy: team.trialPolicy,
  }
}

export function fromPolicyJson(change: z.infer<typeof PolicyChangeSchema>): Partial<TeamSettings> {
  return onlyGiven({
    policy: change.policy,
    reviewersWanted: change.reviewers_wanted,
    loadWeight: change.load_weight,
    ownersMode: change.owners_mode,
    avoidsRepeats: change.avoids_repeats,
    shadowBudget: change.shadow_budget,
    trialPolicy: change.trial_policy,
  })
}

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/** Without the fields that are undefined: those stay as they are. */
export function onlyGiven<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>
}

export function toSummaryJson(team: TeamSummary): z.infer<typeof TeamSummarySchema> {
  return { ...toPolicyJson(team), members: team.memberCount, active_members: team.activeCount }
}

export function fromTeamJson({ team_name, members }: z.infer<typeof TeamSchema>): Team {
  return {
    teamName: team_name,
    members: members.map(({ user_id, username, is_active }) => ({ userId: user_id, username, isActive: is_active })),
  }
}
