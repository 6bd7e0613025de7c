import type { NotFoundHandler } from 'hono'
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Api, ApiEnv } from './api.ts'
import { refuse } from './refuse.ts'

/** 405 with Allow for a known path asked with another method, else 404. */
export function unknownRoute(api: Api, log: Logger): NotFoundHandler<ApiEnv> {
  const methodsOf = new Map<string, Set<string>>()
  return (c) => {
    if (methodsOf.size === 0) collectMethods(api, methodsOf)
    const { path, method } = c.req
    const allowed = methodsOf.get(path)
    if (allowed === undefined) throw new AppError('not_found', 'NOT_FOUND', `There is nothing at ${path}; see /docs.`)
    const allow = [...allowed].join(', ')
    const refusal = new AppError('method_not_allowed', 'METHOD_NOT_ALLOWED', `${path} answers ${allow}, not ${method}.`)
    const response = refuse(refusal, c.env.requestId, log)
    response.headers.set('Allow', allow)
    return response
  }
}

function collectMethods(api: Api, methodsOf: Map<string, Set<string>>): void {
  for (const { path, method } of api.routes) {
    if (method === 'ALL') continue
    const methods = methodsOf.get(path) ?? new Set()
    methods.add(method)
    if (method === 'GET') methods.add('HEAD')
    methodsOf.set(path, methods)
  }
}
