import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createReportLimit } from './report-limit.ts'

test('a failure is reported once a minute, with how often it came since', () => {
  const limit = createReportLimit()

  expect(limit.take('write', 0)).toBe(1)
  expect(limit.take('write', 10)).toBeNull()
  expect(limit.take('write', 59_999)).toBeNull()
  expect(limit.take('write', 60_000)).toBe(3)
  expect(limit.take('write', 60_001)).toBeNull()
  expect(limit.take('write', 200_000)).toBe(2)
  expect(limit.take('write', 300_000)).toBe(1)
})

test('however many failures there are, at most twenty are reported in a minute, and none before its time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ failure: fc.nat(40).map(String), afterMs: fc.nat(2000) }), { maxLength: 300 }),
      (failures) => {
        const limit = createReportLimit()
        let nowMs = 0
        const reports = failures.flatMap(({ failure, afterMs }) => {
          nowMs += afterMs
          return limit.take(failure, nowMs) === null ? [] : [{ failure, nowMs }]
        })

        // Windows stand where they like, so that one minute may touch two of them.
        for (const { nowMs: from } of reports) {
          const within = reports.filter((report) => report.nowMs >= from && report.nowMs < from + 60_000)
          expect(within.length).toBeLessThanOrEqual(40)
          const names = within.map(({ failure }) => failure)
          for (const name of names) expect(names.filter((other) => other === name).length).toBeLessThanOrEqual(2)
        }
        if (failures.length > 0) expect(reports).not.toBeEmpty()
      },
    ),
  )
})
