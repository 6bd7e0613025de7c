import type { FigureValue } from './figures.ts'

export type Histogram = {
  observe: (value: number) => void
  /** What Prometheus expects of a histogram: how many values up to each bound, their sum and their number. */
  values: (name: string, labels: Readonly<Record<string, string>>) => FigureValue[]
}

/** `bounds` ascending, in the unit of what is observed. An observation costs a few comparisons. */
export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0)
  let count = 0
  let sum = 0
  return {
    observe(value) {
      count++
      sum += value
      for (let index = 0; index < bounds.length; index++) {
        if (value <= bounds[index]!) {
          counts[index]!++
          return
        }
      }
    },
    values(name, labels) {
      let upTo = 0
      const buckets = bounds.map((le, index) => {
        upTo += counts[index]!
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: upTo }
      })
      return [
        ...buckets,
        { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ]
    },
  }
}
