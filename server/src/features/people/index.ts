export { teamAnswer, userAnswer } from './answers.ts'
export { isTimeZone } from './calendar/time-zone.ts'
export { spansAtLocal } from './domain/local-time.ts'
export { mergeSpans, type Span } from './domain/spans.ts'
export { afterWorkingTime, usualHours } from './domain/working-time.ts'
export { lockRoster } from './lock-roster.ts'
export { clock, clockOf, minuteOf } from './member-schemas.ts'
export { createPeople, type People } from './people.ts'
export { lockLimits } from './queries/limits.ts'
export {
  findStandingAt,
  holdMembership,
  listRosterAt,
  listRosters,
  listTeamsOfUsers,
  listTeamsWithTurns,
  lockRosters,
  lockRotations,
  unchangedTeams,
  updateRotations,
} from './queries/rosters.ts'
export { findUsers, updateActiveFlags } from './queries/users.ts'
export type { LockedTeam } from './queries/rosters.ts'
export { readCalendars } from './read-calendars.ts'
export { unknownTeam, unknownUser } from './refusals.ts'
export { addPeopleRoutes } from './routes.ts'
