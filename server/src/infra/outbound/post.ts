import { answerOf, problemOf } from './guarded-request.ts'

export type PostOptions = {
  headers: Readonly<Record<string, string>>
  /** Whether addresses of this machine and its network are allowed. */
  allowPrivate: boolean
  timeoutMs: number
  signal: AbortSignal
}

/** Sends a text by POST to a URL that a stranger named, and gives the status of the answer. Follows no redirect. Throws `OutboundProblem`. */
export async function post(url: string, body: string, options: PostOptions): Promise<number> {
  const { headers, allowPrivate, timeoutMs, signal } = options
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    const response = await answerOf({ target: new URL(url), allowPrivate, headers, body, deadline })
    response.destroy()
    return response.statusCode ?? 0
  } catch (error) {
    throw problemOf(error)
  }
}
