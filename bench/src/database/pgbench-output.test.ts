import { expect, test } from 'bun:test'
import { readPgbench } from './pgbench-output.ts'

const OUTPUT = `pgbench (15.20 (Debian 15.20-0+deb12u1), server 18.4)
transaction type: create.sql
scaling factor: 1
query mode: prepared
number of clients: 60
number of threads: 2
maximum number of tries: 1
duration: 3 s
number of transactions actually processed: 4213
number of failed transactions: 0 (0.000%)
latency average = 42.741 ms
initial connection time = 91.201 ms
tps = 1403.820456 (without initial connection time)
`

test('the rate, the number and the mean latency are read', () => {
  expect(readPgbench(OUTPUT)).toEqual({ perSecond: 1403.820456, transactions: 4213, meanMs: 42.741 })
})

test('a run with failed transactions counts as none', () => {
  expect(() => readPgbench(OUTPUT.replace('failed transactions: 0', 'failed transactions: 3'))).toThrow(
    'did not end well',
  )
})

test('an output without a rate counts as none', () => {
  expect(() => readPgbench('pgbench: error: connection refused')).toThrow('connection refused')
})
