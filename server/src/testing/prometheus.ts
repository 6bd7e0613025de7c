/** What an answer of `/metrics` has: the names that may be asked for, and the labels each was seen with. */
export type Exposition = { names: ReadonlySet<string>; labels: ReadonlyMap<string, ReadonlySet<string>> }

/** What an expression in PromQL asks for: each name with the labels it is told apart by. */
export type Asked = { name: string; labels: string[] }

/** Prometheus itself adds these. */
export const ADDED_LABELS = new Set(['instance', 'job'])

const WORDS = new Set([
  'and',
  'or',
  'unless',
  'offset',
  'bool',
  'inf',
  'nan',
  'atan2',
  'sum',
  'max',
  'min',
  'avg',
  'count',
])
const IDENTIFIER = /[a-zA-Z_:][\w:]*/g

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export function readExposition(text: string): Exposition {
  const names = new Set<string>()
  const labels = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const [, declared, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (declared !== undefined) for (const name of askedNames(declared, type!)) names.add(name)
    const [, name, inside = ''] = /^([a-z_:][\w:]*)(?:\{(.*)\})? \S+$/i.exec(line) ?? []
    if (name === undefined) continue
    const known = labels.get(name) ?? new Set()
    labels.set(name, known)
    for (const [, label] of inside.matchAll(/([a-z_]\w*)="(?:[^"\\]|\\.)*"/gi)) known.add(label!)
  }
  return { names, labels }
}

/** The metrics themselves, as a table of them would say. */
export function declaredNames(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!)
}

function askedNames(name: string, type: string): string[] {
  return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name]
}

/** The labels of `by (…)` count for every name of the expression. */
export function namesAskedFor(expression: string): Asked[] {
  const withoutTexts = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\$\w+/g, '')
  const common: string[] = []
  const rest = withoutTexts
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, inside: string) => {
      common.push(...inside.split(',').map((label) => label.trim()))
      return ''
    })
    .replace(/\boffset\s+\S+/g, '')
    .replace(/\blabel_values\s*\(([^,]*),\s*(\w+)\)/g, (_, name: string, label: string) => {
      common.push(label)
      return name
    })
  const asked: Asked[] = []
  const withoutMatchers = rest.replace(/([a-z_:][\w:]*)\s*\{([^}]*)\}/gi, (_, name: string, inside: string) => {
    const labels = [...inside.matchAll(/([a-z_]\w*)\s*(?:=~|!~|!=|=)/gi)].map(([, label]) => label!)
    asked.push({ name, labels: [...labels, ...common] })
    return ''
  })
  for (const match of withoutMatchers.matchAll(IDENTIFIER)) {
    const [name] = match
    const isFunction = /^\s*\(/.test(withoutMatchers.slice(match.index + name.length))
    const isPartOfNumber = /[\d.]/.test(withoutMatchers[match.index - 1] ?? '')
    if (isFunction || isPartOfNumber || WORDS.has(name.toLowerCase())) continue
    asked.push({ name, labels: common })
  }
  return asked.map(({ name, labels }) => ({ name, labels: labels.filter((label) => !ADDED_LABELS.has(label)) }))
}
