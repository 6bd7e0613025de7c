import type { Line, Message, Piece } from '../../domain/message.ts'

/** How a channel writes things; each is given text as it is and answers with its mark-up. */
export type Markup = {
  text: (text: string) => string
  strong: (text: string) => string
  link: (text: string, url: string) => string
  /** Of what was written already. */
  heading: (written: string) => string
  item: (lines: readonly string[]) => string
  actions: (links: readonly string[]) => string
}

/** A message in a channel's mark-up, without its subject. */
export function written({ sections, footer }: Message, markup: Markup): string {
  const blocks = sections.flatMap(({ heading, items }) => [
    ...(heading === null ? [] : [markup.heading(markup.text(heading))]),
    ...items.map(({ lines, actions }) => {
      const links = actions.map(({ text, url }) => markup.link(text, url))
      return markup.item([
        ...lines.map((line) => lineIn(line, markup)),
        ...(links.length === 0 ? [] : [markup.actions(links)]),
      ])
    }),
  ])
  return [...blocks, footer.map((line) => lineIn(line, markup)).join('\n')].join('\n\n')
}

export function lineIn(line: Line, markup: Markup): string {
  return line.map((piece) => pieceIn(piece, markup)).join('')
}

function pieceIn(piece: Piece, markup: Markup): string {
  if (typeof piece === 'string') return markup.text(piece)
  return 'strong' in piece ? markup.strong(piece.strong) : markup.link(piece.text, piece.url)
}

export const plainText: Markup = {
  text: (text) => text,
  strong: (text) => `“${text}”`,
  link: (text, url) => `“${text}” <${url}>`,
  heading: (heading) => `${heading}\n`,
  item: (lines) => lines.join('\n'),
  actions: (links) => links.join('\n'),
}
