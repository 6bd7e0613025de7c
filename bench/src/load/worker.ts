import { prepareClosedLoop, type Loop } from './closed-loop.ts'
import { prepareOpenLoop } from './open-loop.ts'
import { createsOf, readsOf, writesOf, type Source } from './source.ts'
import type { FromWorker, LoadShape, ToWorker } from './task.ts'

/** A process that makes load: it connects, says so, starts when it is told to and sends what it counted. */
function serve(): void {
  let prepared: { loop: Loop; onStart: (startMs: number) => void } | null = null
  process.on('disconnect', () => process.exit(1))
  process.on('message', (message: ToWorker) => {
    if ('task' in message) {
      void prepare(message.task).then((ready) => {
        prepared = ready
        send('ready')
      })
    } else if (prepared !== null) {
      const startMs = message.startAtMs - performance.timeOrigin
      prepared.onStart(startMs)
      void prepared.loop.run(startMs).then(({ windows }) => send({ windows }))
    }
  })
}

async function prepare(task: LoadShape): Promise<{ loop: Loop; onStart: (startMs: number) => void }> {
  const { source, onStart } = sourceOf(task)
  const { loop, targets, windowMs } = task
  return {
    loop:
      loop.kind === 'closed'
        ? await prepareClosedLoop(loop, targets, source, windowMs)
        : await prepareOpenLoop(loop, targets, source, windowMs),
    onStart,
  }
}

/** The requests of a task; with `moveOnMs` they go to further teams from time to time. */
function sourceOf({ name, population, writes, filesPerCreate, moveOnMs }: LoadShape): {
  source: Source
  onStart: (startMs: number) => void
} {
  function sourceAt(turn: number): Source {
    const here = { ...population, firstTeam: population.firstTeam + turn * population.teams }
    const creates = { idsFrom: `${name}-${turn}`, population: here, filesEach: filesPerCreate ?? null }
    return { read: readsOf(here), write: writes === 'mix' ? writesOf(creates) : createsOf(creates) }
  }

  let current = sourceAt(0)
  return {
    source: { read: () => current.read(), write: () => current.write() },
    onStart: () => {
      let turn = 0
      if (moveOnMs !== undefined) setInterval(() => (current = sourceAt(++turn)), moveOnMs).unref()
    },
  }
}

function send(message: FromWorker): void {
  process.send?.(message)
}

serve()
