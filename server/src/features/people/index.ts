export { reviewPolicies, withActiveFlags } from './domain/roster.ts'
export type { ReviewPolicy, Roster, RosterMember } from './domain/roster.ts'
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
export type { LockedTeam } from './queries.ts'
export { unknownTeam, unknownUser } from './refusals.ts'
export { addPeopleRoutes } from './routes.ts'
