import { question, upload, type Api } from '../../infra/http/api.ts'
import { progressLines, wantsProgress } from '../../infra/http/progress-lines.ts'
import { readLines } from '../../infra/http/uploads.ts'
import { getHistoryStatus } from './get-history-status.ts'
import type { History } from './history.ts'
import { importHistory } from './import-history.ts'
import * as schemas from './schemas.ts'

const importHistoryRoute = upload({
  path: '/history/import',
  operationId: 'importHistory',
  tag: 'History',
  summary: 'Take in what landed before Tandem: who wrote it, who reviewed it, what it changed',
  description: [
    'The body is JSON lines, one change each, plain or gzip, of any length up to `HISTORY_MAX_MIB`. It may also come as',
    '`application/jsonl`, `application/json`, `text/plain`, `application/gzip` or `application/octet-stream`.',
    'Changes known already are left alone, so that sending a history again does no harm. Of a change’s files the first',
    '3,000 are kept. A bad line ends the import; what came before it stays.',
    'With `Accept: application/x-ndjson` the answer is a line a second of what is done so far; the last one has `done`',
    'or, where it went wrong after the beginning, `error`.',
  ].join(' '),
  request: schemas.ImportQuery,
  line: schemas.PastChangeSchema,
  success: { status: 200, schema: schemas.ImportedSchema, description: 'How much was new' },
})

const getHistoryStatusRoute = question({
  path: '/history/status',
  operationId: 'getHistoryStatus',
  tag: 'History',
  summary: 'How much history was imported, by repository',
  request: schemas.StatusQuery,
  success: { status: 200, schema: schemas.HistoryStatusSchema, description: 'What is there' },
})

export function addHistoryRoutes(api: Api, history: History): void {
  api.openapi(importHistoryRoute, async (c) => {
    const { repository = '' } = c.req.valid('query')
    const { actor } = c.env
    const { counts, ended } = importHistory(history, { actor, input: { repository, lines: readLines(c) } })
    if (wantsProgress(c)) return progressLines(c, { progress: () => counts, ended })
    return c.json(schemas.toImportedJson(await ended), 200)
  })
  api.openapi(getHistoryStatusRoute, async (c) => {
    const { repository = null } = c.req.valid('query')
    return c.json(schemas.toStatusJson(await getHistoryStatus(history, c.env.actor, { repository })), 200)
  })
}
