/** More than any path a person would write; bounds what comparing with a hostile one can cost. */
const MAX_PATTERN_LENGTH = 1000

/** Beyond any use, and few enough for a hostile file to be compared with a hostile path in a moment. */
const MAX_DEAR_WILDCARDS = 1000

/**
 * Says of pattern after pattern of a file whether it may still have its `?` and `[…]` beside a `*`: such a pattern, and no
 * other, is compared character by character from each place of a name.
 */
export function createAllowance(): (pattern: string) => boolean {
  let left = MAX_DEAR_WILDCARDS
  return (pattern) => {
    const bare = pattern.replaceAll(/\\./gs, '')
    const count = bare.includes('*') ? (bare.match(/[?[]/g)?.length ?? 0) : 0
    left -= count
    return count === 0 || left >= 0
  }
}

/** The pattern, which ends at the first space without a backslash before it, and what follows. */
export function splitAtSpace(line: string): [pattern: string, rest: string] {
  const end = line.search(/(?<!\\)\s/)
  return end === -1 ? [line, ''] : [line.slice(0, end), line.slice(end)]
}

/** What no pattern may be, in either dialect; null when it is not. */
export function excessOf(pattern: string, isAllowed: (pattern: string) => boolean): string | null {
  if (pattern.length > MAX_PATTERN_LENGTH) return `The pattern has more than ${MAX_PATTERN_LENGTH} characters.`
  if (isAllowed(pattern)) return null
  return `There are more than ${MAX_DEAR_WILDCARDS} ? and [ ] in patterns with * up to here.`
}

/** For a message; what is long is cut. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
