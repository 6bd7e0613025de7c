/** One thing that was looked at: `warning` may become a problem, `wrong` is one; `next` is what to do about it. */
export type Finding = { about: string; state: 'ok' | 'warning' | 'wrong'; says: string; next?: string }

export type Topic = {
  ok: (says: string) => Finding
  warning: (says: string, next: string) => Finding
  wrong: (says: string, next: string) => Finding
}

/** Findings about one thing. */
export function topic(about: string): Topic {
  return {
    ok: (says) => ({ about, state: 'ok', says }),
    warning: (says, next) => ({ about, state: 'warning', says, next }),
    wrong: (says, next) => ({ about, state: 'wrong', says, next }),
  }
}

const MARKS = { ok: '✓', warning: '!', wrong: '✗' } as const

/** One line each, and below what is not well what to do. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ about }) => about.length))
  return findings
    .map(({ about, state, says, next }) => {
      const line = `${MARKS[state]} ${about.padEnd(width)}  ${says}`
      return next === undefined ? line : `${line}\n${' '.repeat(width + 4)}→ ${next}`
    })
    .join('\n')
}

export function formatBytes(bytes: number): string {
  const gib = bytes / 2 ** 30
  return gib >= 1 ? `${gib.toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`
}
