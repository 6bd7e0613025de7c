export { replayDecisions, type ReplayReport } from './replay-decisions.ts'
export { createReviews } from './reviews.ts'
export { addReviewRoutes } from './routes.ts'
