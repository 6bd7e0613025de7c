import { AggregatorRegistry } from 'prom-client'

type Labels = Readonly<Record<string, string | number>>
export type FigureValue = { value: number; labels: Labels; metricName?: string }
export type FigureType = 'counter' | 'gauge' | 'histogram'

/** One named metric with its values: plain data, so that it may travel from process to process. */
export type Figure = {
  name: string
  help: string
  type: FigureType
  aggregator: 'sum'
  values: FigureValue[]
}

export function figure(type: FigureType, name: string, help: string, values: FigureValue[]): Figure {
  return { name, help, type, aggregator: 'sum', values }
}

/** The sum of several reports, value by value of the same name and labels. */
export async function addUp(reports: readonly (readonly Figure[])[]): Promise<Figure[]> {
  const sum: unknown = await AggregatorRegistry.aggregate([...reports]).getMetricsAsJSON()
  return sum as Figure[]
}

/** That sum in the text format of Prometheus. */
export function formatSum(reports: readonly (readonly Figure[])[]): Promise<string> {
  return AggregatorRegistry.aggregate([...reports]).metrics()
}
