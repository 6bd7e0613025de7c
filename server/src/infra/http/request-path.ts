/** The path and the query of a request, as they were sent; what `new URL` says of them takes a microsecond longer. */
export function targetOf(url: string): { target: string; path: string; query: string } {
  const target = url.slice(url.indexOf('/', url.indexOf('://') + 3))
  const queryStart = target.indexOf('?')
  return queryStart === -1
    ? { target, path: target, query: '' }
    : { target, path: target.slice(0, queryStart), query: target.slice(queryStart) }
}
