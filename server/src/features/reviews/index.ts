export { replayDecisions, type ReplayReport } from './replay-decisions.ts'
export { createReviews, type Reviews } from './reviews.ts'
export { addReviewRoutes } from './routes.ts'
