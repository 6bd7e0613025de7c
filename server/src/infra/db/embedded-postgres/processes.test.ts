import { expect, test } from 'bun:test'
import { isClusterProcess, isRunning, parsePs } from './processes.ts'

test('where there is no /proc, living processes of PostgreSQL are recognised in the output of ps', () => {
  const output = [
    '    1 Ss   /sbin/launchd',
    '  301 S    /opt/tandem/native/bin/postgres -D /data/postgres -c cluster_name=tandem-0123456789ab',
    '  302 Ss   postgres: tandem-0123456789ab: checkpointer ',
    '  303 Z    (postgres)',
    '  304 S+   tail -f /data/postgres.log',
    '',
  ].join('\n')

  const found = parsePs(output)

  expect(found.map(({ pid }) => pid)).toEqual([1, 301, 302, 304])
  expect(found.filter(({ name }) => name === 'postgres').map(({ pid }) => pid)).toEqual([301, 302])
})

test('a process that is no PostgreSQL never counts as one of a cluster, even inside its folder', () => {
  expect(isRunning(process.pid)).toBe(true)
  expect(isClusterProcess(process.pid, { dir: process.cwd(), name: 'bun' })).toBe(false)
  expect(isRunning(0)).toBe(false)
  expect(isRunning(Number.NaN)).toBe(false)
})
