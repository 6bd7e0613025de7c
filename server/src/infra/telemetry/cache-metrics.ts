import type { BatchFigures } from '../batch/batcher.ts'
import type { AnswerCache } from '../cache/answer-cache.ts'
import { figure } from './figures.ts'
import type { Metrics } from './metrics.ts'

export function addCacheMetrics(metrics: Metrics, answers: AnswerCache): void {
  const { counts } = answers
  metrics.counter('tandem_cache_hits_total', 'Questions answered from memory.', () => counts.hits)
  metrics.counter('tandem_cache_misses_total', 'Questions that had to be looked up.', () => counts.misses)
  metrics.gauge('tandem_cache_answers', 'Answers in memory.', () => answers.size.answers)
  metrics.gauge('tandem_cache_bytes', 'Memory for answers.', () => answers.size.bytes)
  metrics.gauge(
    'tandem_cache_bypassed',
    'Processes that do not hear of changes now and so ask the database each time.',
    () => Number(!answers.isCurrent),
  )
}

export function addBatchMetrics(metrics: Metrics, figures: BatchFigures): void {
  metrics.counter('tandem_batches_total', 'Batches sent to the database.', () => figures.batches)
  metrics.counter('tandem_batched_items_total', 'Commands and questions in those batches.', () => figures.items)
  metrics.add(() => {
    const name = 'tandem_batch_size'
    return figure('histogram', name, 'Commands and questions in a batch.', figures.sizes.values(name, {}))
  })
  metrics.counter(
    'tandem_queue_refusals_total',
    'Refused because too many of their kind were waiting.',
    () => figures.refused,
  )
  metrics.gauge('tandem_queue_depth', 'Commands and questions that wait for a batch.', () => figures.waiting)
  metrics.gauge('tandem_batches_in_flight', 'Batches under way.', () => figures.inFlight)
}
