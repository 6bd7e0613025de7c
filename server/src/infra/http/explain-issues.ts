import type { z } from '@hono/zod-openapi'

type Issue = z.core.$ZodIssue

const MAX_ISSUES = 5

/** What is wrong with an input, field by field, e.g. `members[2].user_id: must be a string, got a number.` */
export function explainIssues(issues: readonly Issue[]): string {
  const shown = issues.slice(0, MAX_ISSUES).map((issue) => `${fieldOf(issue.path)}${sentenceOf(issue)}.`)
  const more = issues.length - shown.length
  return more > 0 ? `${shown.join(' ')} And ${more} more.` : shown.join(' ')
}

function fieldOf(path: readonly PropertyKey[]): string {
  const field = path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
  return field === '' ? '' : `${field}: `
}

function sentenceOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      // Zod leaves the input out of its issues and says only here whether there was one.
      return issue.message.endsWith('received undefined') ? 'is missing' : `must be ${article(issue.expected)}`
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length > 1 ? 'fields' : 'field'} ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    default:
      return issue.message
  }
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`
}
