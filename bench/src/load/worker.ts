import { openConnection, getRequest, postRequest, type Connection, type Reply } from './connection.ts'
import { Histogram } from './histogram.ts'
import { reference, teamName, userId, writeMix } from './reference.ts'

export type WorkerTask = {
  hostname: string
  port: number
  readers: number
  writers: number
  /** Distinguishes the ids this worker makes from those of others. */
  name: string
  warmUpMs: number
  durationMs: number
  /** Asks for this path instead of the reference reads. */
  fixedPath?: string
}

export type ClassResult = { counts: number[]; maxMs: number; refused: number; failed: number }
export type WorkerResult = { reads: ClassResult; writes: ClassResult; writesByKind: Record<string, number> }

type OpenReview = { id: string; reviewers: string[] }
type Write = { kind: keyof typeof writeMix; request: Uint8Array; onReply: (reply: Reply) => void }

/** Runs closed loops until the time is over and counts only what was answered. */
async function work(task: WorkerTask): Promise<WorkerResult> {
  const startMs = performance.now() + task.warmUpMs
  const endMs = startMs + task.durationMs
  const reads = emptyClass()
  const writes = emptyClass()
  const writesByKind: Record<string, number> = {}

  async function loop(result: MeasuredClass, step: (connection: Connection) => Promise<Reply>): Promise<void> {
    const connection = await openConnection(task.hostname, task.port)
    for (let sentMs = performance.now(); sentMs < endMs;) {
      const { status } = await step(connection)
      const doneMs = performance.now()
      if (sentMs >= startMs && doneMs <= endMs) count(result, status, doneMs - sentMs)
      sentMs = doneMs
    }
    connection.close()
  }

  const nextWrite = writeStream(task.name)
  await Promise.all([
    ...Array.from({ length: task.readers }, () =>
      loop(reads, (connection) => connection.send(task.fixedPath === undefined ? aRead() : getRequest(task.fixedPath))),
    ),
    ...Array.from({ length: task.writers }, () =>
      loop(writes, async (connection) => {
        const write = nextWrite()
        const reply = await connection.send(write.request)
        write.onReply(reply)
        if (reply.status < 400) writesByKind[write.kind] = (writesByKind[write.kind] ?? 0) + 1
        return reply
      }),
    ),
  ])
  return { reads: asResult(reads), writes: asResult(writes), writesByKind }
}

type MeasuredClass = { latencies: Histogram; refused: number; failed: number }

function emptyClass(): MeasuredClass {
  return { latencies: new Histogram(), refused: 0, failed: 0 }
}

function asResult({ latencies, refused, failed }: MeasuredClass): ClassResult {
  return { counts: Array.from(latencies.counts, (n) => n ?? 0), maxMs: latencies.maxMs, refused, failed }
}

/** 409 is a right answer to a race between writers; 503 is a refusal, other errors are failures. */
function count(result: MeasuredClass, status: number, ms: number): void {
  if (status === 503) result.refused++
  else if (status >= 400 && status !== 409) result.failed++
  else result.latencies.record(ms)
}

const { teams, usersPerTeam } = reference

function aRead(): Uint8Array {
  const team = below(teams)
  return Math.random() < 0.5
    ? getRequest(`/team/get?team_name=${teamName(team)}`)
    : getRequest(`/users/getReview?user_id=${userId(team, below(usersPerTeam))}`)
}

/** Writes of the mix; reassignments and merges go to pull requests that this worker opened. */
function writeStream(name: string): () => Write {
  const open: OpenReview[] = []
  const inactive = new Set<string>()
  let created = 0

  function create(): Write {
    const id = `${name}-${created++}`
    const author = userId(below(teams), below(usersPerTeam))
    return {
      kind: 'create',
      request: postRequest('/pullRequest/create', { pull_request_id: id, pull_request_name: id, author_id: author }),
      onReply: (reply) => {
        if (reply.status === 201) open.push({ id, reviewers: reviewersIn(reply) })
      },
    }
  }

  function reassign(review: OpenReview): Write {
    const [old] = review.reviewers
    return {
      kind: 'reassign',
      request: postRequest('/pullRequest/reassign', { pull_request_id: review.id, old_user_id: old }),
      onReply: (reply) => {
        if (reply.status === 200) open.push({ id: review.id, reviewers: reviewersIn(reply) })
      },
    }
  }

  function merge(review: OpenReview): Write {
    return {
      kind: 'merge',
      request: postRequest('/pullRequest/merge', { pull_request_id: review.id }),
      onReply: () => undefined,
    }
  }

  function setIsActive(): Write {
    const user = inactive.values().next().value ?? userId(below(teams), below(usersPerTeam))
    const isActive = inactive.delete(user)
    if (!isActive) inactive.add(user)
    return {
      kind: 'setIsActive',
      request: postRequest('/users/setIsActive', { user_id: user, is_active: isActive }),
      onReply: () => undefined,
    }
  }

  return () => {
    const turn = Math.random() * 100
    if (turn < writeMix.setIsActive) return setIsActive()
    const review = turn < writeMix.setIsActive + writeMix.create ? undefined : takeAny(open)
    if (review === undefined || review.reviewers.length === 0) return create()
    return turn < writeMix.setIsActive + writeMix.create + writeMix.reassign ? reassign(review) : merge(review)
  }
}

function takeAny(open: OpenReview[]): OpenReview | undefined {
  const index = below(open.length)
  const review = open[index]
  const last = open.pop()
  if (index < open.length && last !== undefined) open[index] = last
  return review
}

function reviewersIn(reply: Reply): string[] {
  const text = Buffer.from(reply.body).toString()
  return (JSON.parse(text) as { pr: { assigned_reviewers: string[] } }).pr.assigned_reviewers
}

function below(bound: number): number {
  return Math.floor(Math.random() * bound)
}

if (import.meta.main) {
  const task = JSON.parse(process.argv[2] ?? '') as WorkerTask
  console.log(JSON.stringify(await work(task)))
}
