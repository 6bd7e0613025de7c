/** How many components two paths have in common, by the four comparisons of RevFinder. */
export type Common = { prefix: number; suffix: number; substring: number; subsequence: number }

/** Compares two paths, each the numbers of its components. */
export function commonOf(a: readonly number[], b: readonly number[]): Common {
  return { prefix: commonPrefix(a, b), suffix: commonSuffix(a, b), ...commonWithin(a, b) }
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length)
  let count = 0
  while (count < most && a[count] === b[count]) count++
  return count
}

function commonSuffix(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length)
  let count = 0
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count++
  return count
}

/** The longest common run of components, and the longest common subsequence, row by row of the usual tables. */
function commonWithin(a: readonly number[], b: readonly number[]): Pick<Common, 'substring' | 'subsequence'> {
  const runs = new Uint32Array(b.length + 1)
  const subsequences = new Uint32Array(b.length + 1)
  let substring = 0
  for (const component of a) {
    // What stood to the left one row above.
    let runBefore = 0
    let subsequenceBefore = 0
    for (let column = 1; column <= b.length; column++) {
      const [run, subsequence] = [runs[column]!, subsequences[column]!]
      const isSame = component === b[column - 1]
      runs[column] = isSame ? runBefore + 1 : 0
      subsequences[column] = isSame ? subsequenceBefore + 1 : Math.max(subsequence, subsequences[column - 1]!)
      substring = Math.max(substring, runs[column]!)
      runBefore = run
      subsequenceBefore = subsequence
    }
  }
  return { substring, subsequence: subsequences[b.length]! }
}
