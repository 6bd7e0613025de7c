import { MAX_PAGE_SIZE, textField, wholeNumberField, z } from '../../infra/http/schemas.ts'
import { reviewPolicies } from '../../shared/roster.ts'
import { MAX_TRIAL_DECISIONS, MAX_TRIALS, type Difference, type PolicyComparison } from './compare-policies.ts'
import type { Spread } from './measures/named.ts'
import type { Hits } from './measures/trial.ts'
import { requestedTime, rounded, time, toUtc } from './schemas.ts'

export const DEFAULT_DIFFERENCES = 20
const WINDOW_MS = 30 * 86_400_000

const teamName = textField('payments')
const userId = textField('u2')
const count = z.int().openapi({ example: 12 })
const share = z.number().openapi({ example: 0.812 })
const policy = z.enum(reviewPolicies)

export const CompareQuery = z.strictObject({
  team_name: teamName.optional().openapi({ description: 'All teams unless said otherwise.' }),
  from: requestedTime.optional().openapi({ description: '30 days before `to` unless said otherwise.' }),
  to: requestedTime.optional().openapi({ description: 'Now unless said otherwise.', example: '2026-12-01T00:00:00Z' }),
  limit: wholeNumberField(1, MAX_PAGE_SIZE).optional().openapi({
    description: 'At most this many differences.',
    default: DEFAULT_DIFFERENCES,
    example: 5,
  }),
})

const SpreadSchema = z
  .object({
    seats: count.openapi({ description: 'Reviewers named.' }),
    people: count.openapi({ description: 'Different people among them.' }),
    by_person: z
      .array(z.object({ user_id: userId, reviews: count }))
      .openapi({ description: 'The busiest 20, the busiest first.' }),
    gini: share.openapi({ description: '0: all carry the same; towards 1: one carries all.' }),
    top_20_percent_share: share.openapi({ description: 'Part of the reviews that the busiest fifth carries.' }),
    busiest_day_share: share
      .nullable()
      .openapi({ description: 'The largest part that one person got of any 24 hours with at least 10 reviews.' }),
  })
  .openapi('PolicySpread', {
    description: 'Evenness is over today’s active members and whoever either policy named.',
  })

const HitsSchema = z
  .object({ reviewers: count, acting_named: count, trial_named: count })
  .openapi('PolicyHits', { description: 'Of so many reviewers, how many each policy had named.' })

const TrialSchema = z
  .object({
    team_name: teamName,
    policy,
    trial_policy: policy,
    decisions: count,
    first_decided_at: time,
    last_decided_at: time,
    agreement: z.object({
      seats: share.openapi({ description: 'Part of the seats for which both named the same person.' }),
      decisions: share.openapi({ description: 'Part of the decisions in which both named the same people.' }),
    }),
    acting: SpreadSchema,
    trial: SpreadSchema,
    changed_by_people: z
      .object({
        decisions: count,
        final: HitsSchema.openapi({ description: 'Reviewers at the merge.' }),
        chosen: HitsSchema.openapi({ description: 'Those of them whom a person chose.' }),
      })
      .openapi({
        description:
          'Decisions about merged pull requests whose reviewers were reassigned or assigned by hand afterwards. Whoever was left in place ' +
          'counts for the acting policy, and whoever a reassignment brought was named by the acting policy too; only `chosen` is the word of ' +
          'a person.',
      }),
  })
  .openapi('PolicyTrial')

const DifferenceSchema = z.object({
  pull_request_id: textField('pr-1001'),
  number: z.int().openapi({ description: 'Of the decision.', example: 1 }),
  team_name: teamName,
  decided_at: time,
  policy,
  trial_policy: policy,
  assigned: z.array(userId),
  trial_assigned: z.array(userId),
})

export const ComparisonSchema = z
  .object({
    window: z.object({ from: time, to: time.nullable().openapi({ description: 'Null is now.' }) }),
    decisions: count.openapi({ description: 'Those in which either policy named somebody.' }),
    is_cut: z.boolean().openapi({
      description: `Whether there were more than ${MAX_TRIAL_DECISIONS}, of which only the newest count.`,
      example: false,
    }),
    trials: z.array(TrialSchema).openapi({
      description: `By team and pair of policies, those with the most decisions first, at most ${MAX_TRIALS}.`,
    }),
    differences: z
      .array(DifferenceSchema)
      .openapi({ description: 'Decisions in which the two named different people, the newest first.' }),
  })
  .openapi('PolicyComparison')

type Window = { from: string; to: string | null }

/** The last 30 days, where nothing else is asked for. */
export function windowOf(asked: { from?: string | undefined; to?: string | undefined }, nowMs: number): Window {
  const to = asked.to === undefined ? null : toUtc(asked.to)
  const endMs = to === null ? nowMs : Date.parse(to)
  return { from: asked.from === undefined ? new Date(endMs - WINDOW_MS).toISOString() : toUtc(asked.from), to }
}

export function toComparisonJson(comparison: PolicyComparison, { from, to }: Window): z.infer<typeof ComparisonSchema> {
  return {
    window: { from, to },
    decisions: comparison.decisions,
    is_cut: comparison.isCut,
    trials: comparison.trials.map((trial) => ({
      team_name: trial.teamName,
      policy: trial.policy,
      trial_policy: trial.trialPolicy,
      decisions: trial.decisions,
      first_decided_at: trial.firstAt,
      last_decided_at: trial.lastAt,
      agreement: { seats: rounded(trial.seatAgreement)!, decisions: rounded(trial.decisionAgreement)! },
      acting: toSpreadJson(trial.acting),
      trial: toSpreadJson(trial.trial),
      changed_by_people: {
        decisions: trial.changed.decisions,
        final: toHitsJson(trial.changed.final),
        chosen: toHitsJson(trial.changed.chosen),
      },
    })),
    differences: comparison.differences.map(toDifferenceJson),
  }
}

function toSpreadJson(spread: Spread): z.infer<typeof SpreadSchema> {
  return {
    seats: spread.seats,
    people: spread.people,
    by_person: spread.byPerson.map(({ userId: user_id, reviews }) => ({ user_id, reviews })),
    gini: rounded(spread.gini)!,
    top_20_percent_share: rounded(spread.topFifthShare)!,
    busiest_day_share: rounded(spread.busiestDayShare),
  }
}

function toHitsJson({ reviewers, acting, trial }: Hits): z.infer<typeof HitsSchema> {
  return { reviewers, acting_named: acting, trial_named: trial }
}

function toDifferenceJson(difference: Difference): z.infer<typeof DifferenceSchema> {
  return {
    pull_request_id: difference.pullRequestId,
    number: difference.number,
    team_name: difference.teamName,
    decided_at: difference.decidedAt,
    policy: difference.policy,
    trial_policy: difference.trialPolicy,
    assigned: [...difference.actingIds],
    trial_assigned: [...difference.trialIds],
  }
}
