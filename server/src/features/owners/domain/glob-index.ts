import { ANY_DEPTH, matchesPath, type Path, type PathGlob } from './glob.ts'

/** Deeper than any repository is; bounds what comparing with a hostile file can cost. */
const MAX_DEPTH = 256

/** `text` is a part of every path the pattern matches. */
type Place = { glob: PathGlob; text: string; position: number }

/** Patterns by names that a path must have to match them, so that a path is compared with few of many. */
export type GlobIndex = {
  /** By the directories they begin with. */
  byRoot: ReadonlyMap<string, readonly Place[]>
  /** Those that may begin anywhere, by the name they begin with. */
  byName: ReadonlyMap<string, readonly Place[]>
  others: readonly Place[]
}

export function indexGlobs(globs: readonly PathGlob[]): GlobIndex {
  const byRoot = new Map<string, Place[]>()
  const byName = new Map<string, Place[]>()
  const others: Place[] = []
  globs.forEach((glob, position) => {
    const place = { glob, text: textIn(glob), position }
    const root = rootOf(glob)
    const [first, second] = glob.segments
    if (root !== '') add(byRoot, root, place)
    else if (first === ANY_DEPTH && typeof second === 'string') add(byName, second, place)
    else others.push(place)
  })
  return { byRoot, byName, others }
}

/** Where the last pattern stands that matches the path, or -1; a path of more than 256 names matches nothing. */
export function findLastMatch({ byRoot, byName, others }: GlobIndex, path: Path): number {
  if (path.names.length > MAX_DEPTH) return -1
  let last = lastIn(others, path, -1)
  if (byName.size > 0) for (const name of new Set(path.names)) last = lastIn(byName.get(name), path, last)
  if (byRoot.size === 0) return last
  for (let end = path.text.indexOf('/'); end !== -1; end = path.text.indexOf('/', end + 1)) {
    last = lastIn(byRoot.get(path.text.slice(0, end)), path, last)
  }
  return lastIn(byRoot.get(path.text), path, last)
}

function lastIn(places: readonly Place[] | undefined, path: Path, before: number): number {
  for (let index = (places?.length ?? 0) - 1; index >= 0; index--) {
    const { glob, text, position } = places![index]!
    if (position <= before) return before
    if (path.text.includes(text) && matchesPath(glob, path.names)) return position
  }
  return before
}

function add(places: Map<string, Place[]>, key: string, place: Place): void {
  const list = places.get(key)
  if (list === undefined) places.set(key, [place])
  else list.push(place)
}

function rootOf({ segments }: PathGlob): string {
  const names: string[] = []
  for (const segment of segments) {
    if (typeof segment !== 'string') break
    names.push(segment)
  }
  return names.join('/')
}

/** The longest there is without a wildcard in it. */
function textIn({ segments }: PathGlob): string {
  const texts: string[] = []
  let isRunning = false
  for (const segment of segments) {
    if (typeof segment === 'string') texts.push(isRunning ? `${texts.pop()}/${segment}` : segment)
    else if (segment !== ANY_DEPTH) for (const token of segment) if (token.kind === 'text') texts.push(token.text)
    isRunning = typeof segment === 'string'
  }
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '')
}
