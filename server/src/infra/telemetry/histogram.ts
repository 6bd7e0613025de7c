import type { FigureValue } from './figures.ts'

export type Histogram = {
  observe: (seconds: number) => void
  /** What Prometheus expects of a histogram: how many values up to each bound, their sum and their number. */
  values: (name: string, labels: Readonly<Record<string, string>>) => FigureValue[]
}

/** `boundsS` in seconds, ascending. An observation costs a few comparisons. */
export function createHistogram(boundsS: readonly number[]): Histogram {
  const counts = boundsS.map(() => 0)
  let count = 0
  let sumS = 0
  return {
    observe(seconds) {
      count++
      sumS += seconds
      for (let index = 0; index < boundsS.length; index++) {
        if (seconds <= boundsS[index]!) {
          counts[index]!++
          return
        }
      }
    },
    values(name, labels) {
      let upTo = 0
      const buckets = boundsS.map((le, index) => {
        upTo += counts[index]!
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: upTo }
      })
      return [
        ...buckets,
        { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: `${name}_sum`, labels, value: sumS },
        { metricName: `${name}_count`, labels, value: count },
      ]
    },
  }
}
