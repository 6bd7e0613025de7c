/**
 * The page with new text between `<!-- bench:NAME -->` and the `<!-- /bench -->` after it, for every name that has some; what has
 * none stays as it is. Throws for a marker that is not closed.
 */
export function replaceMarked(page: string, textOf: (name: string) => string | undefined): string {
  const pieces = page.split(/(?=<!-- bench:[\w-]+ -->)/)
  return pieces
    .map((piece) => {
      const marker = /^<!-- bench:([\w-]+) -->/.exec(piece)
      if (marker === null) return piece
      const end = piece.indexOf(END)
      if (end < 0) throw new Error(`${marker[0]} is not closed by ${END}`)
      const text = textOf(marker[1]!)
      return text === undefined ? piece : `${marker[0]}\n${text}\n${piece.slice(end)}`
    })
    .join('')
}

const END = '<!-- /bench -->'
