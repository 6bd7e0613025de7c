import { AggregatorRegistry } from 'prom-client'

type Labels = Readonly<Record<string, string | number>>
export type FigureValue = { value: number; labels: Labels; metricName?: string }
export type FigureType = 'counter' | 'gauge' | 'histogram'

/** How the figures of several processes become one: `max` for what all of them see the same of, as what is in the database. */
export type Aggregator = 'sum' | 'max'

/** One named metric with its values: plain data, so that it may travel from process to process. */
export type Figure = {
  name: string
  help: string
  type: FigureType
  aggregator: Aggregator
  values: FigureValue[]
}

export function figure(
  type: FigureType,
  name: string,
  help: string,
  values: FigureValue[],
  aggregator: Aggregator = 'sum',
): Figure {
  return { name, help, type, aggregator, values }
}

/** The figures of several reports as one, value by value of the same name and labels. */
export async function addUp(reports: readonly (readonly Figure[])[]): Promise<Figure[]> {
  const sum: unknown = await AggregatorRegistry.aggregate([...reports]).getMetricsAsJSON()
  return sum as Figure[]
}

/** The same in the text format of Prometheus. */
export function formatSum(reports: readonly (readonly Figure[])[]): Promise<string> {
  return AggregatorRegistry.aggregate([...reports]).metrics()
}
