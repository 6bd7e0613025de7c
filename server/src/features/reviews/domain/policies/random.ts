import { lookAtSample, lowestBy, type Policy } from './policy.ts'

/** Everybody eligible is as likely as anybody else. */
export const random: Policy = {
  version: 1,
  look: lookAtSample,
  choose: (eligible, wanted, { seed }) => lowestBy(eligible, wanted, seed, () => 0),
}
