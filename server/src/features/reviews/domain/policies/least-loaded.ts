import { lookAtSample, lowestBy, type Policy } from './policy.ts'

/** Whoever has the fewest open reviews; among equals everybody is as likely as anybody else. */
export const leastLoaded: Policy = {
  version: 1,
  look: lookAtSample,
  choose: (eligible, wanted, { seed }) => lowestBy(eligible, wanted, seed, ({ openReviews }) => openReviews),
}
