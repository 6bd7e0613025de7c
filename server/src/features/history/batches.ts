import type { Line } from '../../infra/http/uploads.ts'
import type { PastChange } from './domain/past-change.ts'
import { parseChange } from './parse-change.ts'

const MAX_ROWS = 500
const MAX_BYTES = 4 * 2 ** 20

/** The changes in batches to be written; what came before a bad line, too, and only then its refusal. */
export async function* batchesOf(repository: string, lines: AsyncIterable<Line>): AsyncGenerator<PastChange[]> {
  let batch: PastChange[] = []
  let bytes = 0
  try {
    for await (const line of lines) {
      batch.push(parseChange(repository, line))
      bytes += line.bytes
      if (batch.length < MAX_ROWS && bytes < MAX_BYTES) continue
      yield batch
      batch = []
      bytes = 0
    }
  } catch (error) {
    if (batch.length > 0) yield batch
    throw error
  }
  if (batch.length > 0) yield batch
}
