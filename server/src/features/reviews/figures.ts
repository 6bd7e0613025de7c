import { figure, type Figure } from '../../infra/telemetry/figures.ts'
import type { Metrics } from '../../infra/telemetry/metrics.ts'
import type { ExpertiseState } from './expertise.ts'
import { countVacancies } from './queries/vacancies.ts'
import type { Reviews } from './reviews.ts'

const EXPERTISE_STATES: readonly ExpertiseState[] = ['unneeded', 'loading', 'current']

/** Adds what was decided, what the process knows of who knows what, and how many seats are empty. */
export function addReviewMetrics(
  metrics: Metrics,
  reviews: Pick<Reviews, 'db' | 'workspaceId' | 'decided' | 'expertise'>,
): void {
  metrics.add(() => decisionsOf(reviews))
  metrics.add(() => expertiseStatesOf(reviews))
  const size = (name: string, help: string, read: () => number) =>
    metrics.add(() => figure('gauge', name, help, [{ value: read(), labels: {} }], 'max'))
  size('tandem_expertise_changes', 'Changes the index of who knows what was made from.', () => {
    return reviews.expertise.status.changes
  })
  size('tandem_expertise_places', 'Files and folders in that index.', () => reviews.expertise.status.places)
  size('tandem_expertise_people', 'People in that index.', () => reviews.expertise.status.people)
  metrics.addFigures(async () => [await vacanciesOf(reviews)])
}

function decisionsOf({ decided }: Pick<Reviews, 'decided'>): Figure {
  const values = decided.counts.map(({ count, ...labels }) => ({ value: count, labels }))
  return figure('counter', 'tandem_decisions_total', 'Decisions written, by policy and outcome.', values)
}

function expertiseStatesOf({ expertise }: Pick<Reviews, 'expertise'>): Figure {
  const values = EXPERTISE_STATES.map((state) => ({
    value: Number(state === expertise.status.state),
    labels: { state },
  }))
  return figure('gauge', 'tandem_expertise_state', 'Processes whose index of who knows what is in that state.', values)
}

async function vacanciesOf({ db, workspaceId }: Pick<Reviews, 'db' | 'workspaceId'>): Promise<Figure> {
  const counted = await countVacancies(db, workspaceId)
  const values = counted.map(({ reason, seats }) => ({ value: seats, labels: { reason } }))
  return figure('gauge', 'tandem_vacancies', 'Seats of reviewers that are empty, by reason.', values, 'max')
}
