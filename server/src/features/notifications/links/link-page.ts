import { createHash } from 'node:crypto'
import type { Language } from '../domain/notification.ts'
import { escapeHtml } from '../sending/markup/html.ts'
import type { Page } from '../templates/texts.ts'

const STYLE = `
body { font: 17px/1.6 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem; color: #1c2733; background: #fbfaf7 }
h1 { font-size: 1.6rem }
p { overflow-wrap: anywhere }
button { font: inherit; padding: .5rem 1.2rem; border: 0; border-radius: .4rem; color: #fff; background: #0b6e5f; cursor: pointer }
@media (prefers-color-scheme: dark) { body { color: #e4e8ec; background: #14191f } }
`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Nothing is loaded, run or framed, and the address with its token is told to nobody. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
}

/**
 * A page with a sentence, and a button where there is something to be done; it is sent to where the page came from, with another token
 * where one is given.
 */
export function linkPage({ title, text, button }: Page, language: Language, token?: string): string {
  const action = token === undefined ? '' : ` action="?token=${encodeURIComponent(token)}"`
  const form =
    button === undefined ? '' : `\n<form method="post"${action}><button>${escapeHtml(button)}</button></form>`
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Tandem</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>${form}
</body>
</html>
`
}
