import { LOOK_LIMIT, lookAtSample, lowestBy, type Policy } from './policy.ts'

/** Everybody eligible is as likely as anybody else. */
export const random: Policy = {
  version: 2,
  lookLimit: LOOK_LIMIT,
  look: lookAtSample,
  choose: (candidates, eligible, wanted, { seed }) => lowestBy(null, candidates, eligible, wanted, seed),
}
