import { readGitlabOwner, type Owner } from './owner.ts'

/** The owners among the words of a text, and the words that are none. */
export function readGitlabOwners(text: string): { owners: Owner[]; malformed: string[] } {
  const owners: Owner[] = []
  const malformed: string[] = []
  for (const word of text.split(/[\s,]+/)) {
    const owner = readGitlabOwner(word)
    if (owner !== null) owners.push(owner)
    else if (word !== '') malformed.push(word)
  }
  return { owners, malformed }
}
