import type { Message } from '../../domain/message.ts'
import { lineIn, type Markup } from './plain.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in HTML, in attributes too. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
}

/** What Telegram understands of HTML, which mail does, too. */
export const html: Markup = {
  text: escapeHtml,
  strong: (text) => `<b>${escapeHtml(text)}</b>`,
  link: (text, url) => `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`,
  heading: (heading) => `<b>${heading}</b>`,
  item: (lines) => lines.join('\n'),
  actions: (links) => links.join(' · '),
}

/** A mail's other half. */
export function htmlPage({ subject, sections, footer }: Message): string {
  const blocks = sections.flatMap(({ heading, items }) => [
    ...(heading === null ? [] : [`<h3>${escapeHtml(heading)}</h3>`]),
    ...items.map(({ lines, actions }) => {
      const links = actions.map(({ text, url }) => html.link(text, url))
      const shown = [...lines.map((line) => lineIn(line, html)), ...(links.length === 0 ? [] : [html.actions(links)])]
      return `<p>${shown.join('<br>\n')}</p>`
    }),
  ])
  const small = footer.map((line) => lineIn(line, html)).join('<br>\n')
  return `<!doctype html>
<html>
<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="font: 15px/1.5 sans-serif">
${blocks.join('\n')}
<p style="color: #666; font-size: 13px">${small}</p>
</body>
</html>
`
}
