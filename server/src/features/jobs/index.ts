export { forgetOldKeysJob } from './forget-old-keys.ts'
export { createJobs } from './jobs.ts'
export { addJobRoutes } from './routes.ts'
