const REQUEST_ID = /^[\x21-\x7e]{1,128}$/

/** The id that a request came with, or a new one. */
export function requestIdOf({ headers }: Request): string {
  const given = headers.get('X-Request-Id')
  return given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID()
}
