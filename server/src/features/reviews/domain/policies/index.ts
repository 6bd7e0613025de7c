import type { ReviewPolicy } from '../../../../shared/roster.ts'
import { expertise } from './expertise.ts'
import { leastLoaded } from './least-loaded.ts'
import type { Policy } from './policy.ts'
import { random } from './random.ts'
import { roundRobin } from './round-robin.ts'

export const policies: Readonly<Record<ReviewPolicy, Policy>> = {
  random,
  'round-robin': roundRobin,
  'least-loaded': leastLoaded,
  expertise,
}
