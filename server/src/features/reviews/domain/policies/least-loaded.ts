import { LOOK_LIMIT, lookAtSample, lowestBy, type Policy } from './policy.ts'

/** Whoever has the fewest open reviews; among equals everybody is as likely as anybody else. */
export const leastLoaded: Policy = {
  version: 2,
  lookLimit: LOOK_LIMIT,
  look: lookAtSample,
  choose: (candidates, eligible, wanted, { seed }) =>
    lowestBy(candidates.openReviews, candidates, eligible, wanted, seed),
}
