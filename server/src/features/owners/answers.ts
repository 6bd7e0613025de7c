import { answerKey } from '../../infra/cache/answer-cache.ts'

const OWNERS_OF = answerKey('/owners/get', 'repository', '')

/** The answer of `GET /owners/get`. */
export function ownersAnswer(repository: string): string {
  return OWNERS_OF + encodeURIComponent(repository)
}

/** The repository whose answer has this key; null when it is the key of another question. */
export function repositoryOf(key: string): string | null {
  return key.startsWith(OWNERS_OF) ? decodeURIComponent(key.slice(OWNERS_OF.length)) : null
}
