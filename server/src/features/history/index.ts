export type { PastChange } from './domain/past-change.ts'
export { createHistory, HISTORY } from './history.ts'
export { listPastChanges, listPastChangesImportedSince, type ImportedChange } from './queries/past-changes.ts'
export { addHistoryRoutes } from './routes.ts'
