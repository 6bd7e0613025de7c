export { gini, topFifthShare } from './domain/fairness.ts'
export { addInsightRoutes } from './routes.ts'
