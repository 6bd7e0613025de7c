/** As the API names what pg-boss calls created, retry, active, completed and failed. */
export const jobStates = ['waiting', 'retrying', 'running', 'done', 'dead'] as const
export type JobState = (typeof jobStates)[number]

export type StoredJob = {
  jobId: string
  kind: string
  state: JobState
  payload: unknown
  priority: number
  attempts: number
  maxAttempts: number
  createdAt: string
  /** When it was or will be due; of one that is retried, the next time. */
  dueAt: string
  startedAt: string | null
  endedAt: string | null
  /** Why the last attempt failed. */
  error: string | null
}
