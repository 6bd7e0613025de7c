export { teamAnswer, userAnswer } from './answers.ts'
export { lockRoster } from './lock-roster.ts'
export { createPeople, type People } from './people.ts'
export { lockLimits } from './queries/limits.ts'
export {
  findStandingAt,
  holdMembership,
  listRosterAt,
  listRosters,
  listTeamsOfUsers,
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
