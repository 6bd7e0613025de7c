/** A part of a pattern between slashes: itself, with wildcards, or any number of directories, none included. */
export type Segment = string | readonly Token[] | typeof ANY_DEPTH

/** A pattern ready to be compared with paths. */
export type PathGlob = {
  segments: readonly Segment[]
  /** Whether everything below what the segments match is matched too. */
  isOpen: boolean
}

/** `text` is without a slash before it. */
export type Path = { text: string; names: readonly string[] }

type Token =
  | { kind: 'text'; text: string }
  | { kind: 'one' }
  | { kind: 'many' }
  | { kind: 'set'; isNegated: boolean; ranges: readonly (readonly [number, number])[] }

export const ANY_DEPTH = Symbol('**')
/** What `*` alone is: one file or directory, whatever its name. */
export const ANY_NAME: readonly Token[] = [{ kind: 'many' }]
const NOTHING: Token = { kind: 'set', isNegated: false, ranges: [] }

export function readPath(path: string): Path {
  const text = path.startsWith('/') ? path.slice(1) : path
  return { text, names: text.split('/') }
}

/**
 * Takes at most as many steps as the pattern has characters times the path has, whatever both are: a wildcard that has
 * found its earliest place need not be tried elsewhere once a later one has found its own.
 */
export function matchesPath({ segments, isOpen }: PathGlob, names: readonly string[]): boolean {
  let [next, at, retryNext, retryAt] = [0, 0, -1, 0]
  for (;;) {
    const segment = segments[next]
    if (segment === undefined) {
      if (isOpen || at === names.length) return true
    } else if (segment === ANY_DEPTH) {
      retryNext = ++next
      retryAt = at
      continue
    } else if (at < names.length && matchesName(segment, names[at]!)) {
      next++
      at++
      continue
    }
    if (retryNext === -1 || retryAt === names.length) return false
    next = retryNext
    at = ++retryAt
  }
}

function matchesName(segment: string | readonly Token[], name: string): boolean {
  if (typeof segment === 'string') return segment === name
  return segment === ANY_NAME || matchesTokens(segment, name)
}

function matchesTokens(tokens: readonly Token[], name: string): boolean {
  let [next, at, retryNext, retryAt] = [0, 0, -1, 0]
  for (;;) {
    const token = tokens[next]
    if (token === undefined) {
      if (at === name.length) return true
    } else if (token.kind === 'many') {
      retryNext = ++next
      retryAt = at
      if (next === tokens.length) return true
      continue
    } else {
      const size = sizeMatched(token, name, at)
      if (size > 0) {
        next++
        at += size
        continue
      }
    }
    if (retryNext === -1) return false
    retryAt = nextPlace(tokens[retryNext]!, name, retryAt)
    if (retryAt === -1) return false
    next = retryNext
    at = retryAt
  }
}

/** How much of the name from `at` on the token takes; 0 when it does not match. */
function sizeMatched(token: Exclude<Token, { kind: 'many' }>, name: string, at: number): number {
  if (token.kind === 'text') return name.startsWith(token.text, at) ? token.text.length : 0
  const code = name.codePointAt(at)
  if (code === undefined) return 0
  return token.kind === 'one' || isIn(token, code) ? widthOf(code) : 0
}

function nextPlace(token: Token, name: string, after: number): number {
  const code = name.codePointAt(after)
  if (code === undefined) return -1
  const from = after + widthOf(code)
  return token.kind === 'text' ? name.indexOf(token.text, from) : from
}

/** As Ruby's fnmatch has it: a range written backwards still has its two ends. */
function isIn({ ranges, isNegated }: Extract<Token, { kind: 'set' }>, code: number): boolean {
  const isListed = ranges.some(([low, high]) => code === low || code === high || (low <= code && code <= high))
  return isListed !== isNegated
}

function widthOf(code: number): number {
  return code > 0xffff ? 2 : 1
}

/**
 * Reads `*`, `?`, `**` between slashes, `\` before any character that shall stand for itself, and `[a-z]`, `[!a]` where
 * `hasSets` says so. A `[` without its `]` matches nothing.
 */
export function readSegments(pattern: string, { hasSets }: { hasSets: boolean }): Segment[] {
  const segments: Segment[] = []
  let [tokens, start, at]: [Token[], number, number] = [[], 0, 0]
  function endSegment(): void {
    segments.push(pattern.slice(start, at) === '**' ? ANY_DEPTH : simplified(tokens))
    tokens = []
    start = at + 1
  }
  for (; at < pattern.length; at++) {
    const char = pattern[at]!
    if (char === '/') endSegment()
    else if (char === '*') addMany(tokens)
    else if (char === '?') tokens.push({ kind: 'one' })
    else if (char === '[' && hasSets) {
      const { token, end } = readSet(pattern, at + 1)
      tokens.push(token)
      at = end
    } else if (char !== '\\') addText(tokens, char)
    else if (at + 1 < pattern.length && pattern[at + 1] !== '/') addText(tokens, pattern[++at]!)
  }
  endSegment()
  return segments
}

function addMany(tokens: Token[]): void {
  if (tokens.at(-1)?.kind !== 'many') tokens.push({ kind: 'many' })
}

function addText(tokens: Token[], char: string): void {
  const last = tokens.at(-1)
  if (last?.kind === 'text') last.text += char
  else tokens.push({ kind: 'text', text: char })
}

function simplified(tokens: readonly Token[]): string | readonly Token[] {
  const [first, second] = tokens
  if (first === undefined) return ''
  if (second !== undefined) return tokens
  if (first.kind === 'text') return first.text
  return first.kind === 'many' ? ANY_NAME : tokens
}

/** Ruby's `bracket()` in dir.c: `]` ends the set wherever it stands, so `[]` has nothing in it; `[!` and `[^` negate. */
function readSet(pattern: string, from: number): { token: Token; end: number } {
  const unclosed = { token: NOTHING, end: pattern.length - 1 }
  const isNegated = pattern[from] === '!' || pattern[from] === '^'
  const ranges: [number, number][] = []
  let at = isNegated ? from + 1 : from
  function readOne(): number | undefined {
    if (pattern[at] === '\\') at++
    const code = pattern.codePointAt(at)
    at += widthOf(code ?? 0)
    return code
  }
  while (pattern[at] !== ']') {
    const low = readOne()
    if (low === undefined || at >= pattern.length) return unclosed
    let high: number | undefined = low
    if (pattern[at] === '-' && pattern[at + 1] !== ']') {
      at++
      high = readOne()
      if (high === undefined || at >= pattern.length) return unclosed
    }
    ranges.push([low, high])
  }
  return { token: { kind: 'set', isNegated, ranges }, end: at }
}
