/** PostgreSQL cannot hold NUL, and half a surrogate pair would be stored as another character. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
