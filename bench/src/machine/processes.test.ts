import { expect, test } from 'bun:test'
import { listProcesses, parsePs, parseStat, treeOf } from './processes.ts'

test('a process is read from /proc whatever its name', () => {
  const line = '42 (a) b (c) S 7 42 42 0 -1 4194560 9 0 0 0 300 50 20 5 20 0 1 0 999 1000000 256 18446744073709551615'

  expect(parseStat(line, { ticks: 100, page: 4096 })).toEqual({
    pid: 42,
    parentPid: 7,
    cpuMs: 3500,
    endedChildrenCpuMs: 250,
    residentBytes: 1_048_576,
  })
})

test('processes are read from ps where there is no /proc', () => {
  const text = '    1     0   2048 1-02:03:04\n  77     1    512   2:03.45\n'

  expect(parsePs(text)).toEqual([
    { pid: 1, parentPid: 0, cpuMs: 93_784_000, endedChildrenCpuMs: 0, residentBytes: 2_097_152 },
    { pid: 77, parentPid: 1, cpuMs: 123_450, endedChildrenCpuMs: 0, residentBytes: 524_288 },
  ])
})

test('a tree holds all that descend from its root but what stands below the exception', () => {
  const processes = [
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 1],
    [5, 4],
    [6, 0],
  ].map(([pid, parentPid]) => ({ pid: pid!, parentPid: parentPid!, cpuMs: 0, endedChildrenCpuMs: 0, residentBytes: 0 }))

  expect(treeOf(processes, 1, 4).map(({ pid }) => pid)).toEqual([1, 2, 3])
  expect(treeOf(processes, 9)).toEqual([])
})

test('this process is among those listed, with its memory', async () => {
  const own = (await listProcesses()).find(({ pid }) => pid === process.pid)

  expect(own?.residentBytes).toBeGreaterThan(1_000_000)
})
