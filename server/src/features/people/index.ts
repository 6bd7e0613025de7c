export { reviewPolicies, withActiveFlags } from './domain/roster.ts'
export type { ReviewPolicy, Roster, RosterMember } from './domain/roster.ts'
export type { Team, TeamMember, User } from './domain/team.ts'
export { createPeople, type People } from './people.ts'
export {
  findStandingAt,
  findUser,
  listRosterAt,
  listRosters,
  listTeamsOfUsers,
  lockRosters,
  lockRotations,
  lockTeam,
  updateActiveFlags,
  updateRotations,
} from './queries.ts'
export type { FlaggedUser, LockedTeam } from './queries.ts'
export { unknownTeam, unknownUser } from './refusals.ts'
export type { Rosters } from './rosters.ts'
export { addPeopleRoutes } from './routes.ts'
