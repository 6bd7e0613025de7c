import { parseSettings, settings } from '../../config.ts'
import { topic, type Finding } from './finding.ts'

type Environment = Readonly<Record<string, string | undefined>>

const { ok, warning, wrong } = topic('settings')

/** Each setting that cannot be read, and each variable that looks like a setting with a slip in its name. */
export function judgeSettings(environment: Environment): Finding[] {
  const complaints = parseSettings(environment).wrong.map((complaint) =>
    wrong(complaint, 'Change it in the environment or in .env; docs/configuration.md has them all.'),
  )
  const slips = Object.keys(environment).flatMap((name) => {
    const meant = name in settings ? undefined : Object.keys(settings).find((setting) => areClose(name, setting))
    return meant === undefined ? [] : [warning(`${name} is no setting.`, `If you mean ${meant}, write that.`)]
  })
  const given = Object.keys(settings).filter((name) => (environment[name]?.trim() ?? '') !== '')
  const found = [...complaints, ...slips]
  return found.length > 0 ? found : [ok(given.length === 0 ? 'all as by default' : `understood: ${given.join(', ')}`)]
}

/** One letter too many, too few, another, or two swapped; short names are like too many others. */
function areClose(name: string, other: string): boolean {
  if (other.length < 8 || Math.abs(name.length - other.length) > 1) return false
  let start = 0
  while (start < name.length && name[start] === other[start]) start++
  let end = 0
  while (end < Math.min(name.length, other.length) - start && name.at(-1 - end) === other.at(-1 - end)) end++
  const [left, right] = [name.slice(start, name.length - end), other.slice(start, other.length - end)]
  if (left.length <= 1 && right.length <= 1) return true
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0]
}
