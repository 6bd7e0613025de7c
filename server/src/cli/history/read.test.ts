import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readHistory } from './read.ts'
import { asJsonLines, syntheticHistory } from './synthetic-history.ts'

const folder = await mkdtemp(join(tmpdir(), 'tandem-history-'))
afterAll(() => rm(folder, { recursive: true }))

const line = {
  pr: '17',
  at: '2020-01-02T00:00:00Z',
  authored: '2020-01-01T00:00:00Z',
  author: 'u1',
  reviewers: ['u2', 'u3', 'u2', 'u1'],
  files: ['src/unix/core.c', 'src/win/core.c', 'README.md'],
  additions: 3,
  renames: [['old.c', 'src/unix/core.c']],
  deleted: ['gone.c'],
}

async function fileWith(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.jsonl`)
  await Bun.write(path, content)
  return path
}

async function read(content: string | Uint8Array<ArrayBuffer>, limit = Infinity) {
  return readHistory(await fileWith(content), limit)
}

test('a line becomes a change: reviewers once and never the author, files by top-level folder', async () => {
  const { changes, repeated } = await read(JSON.stringify(line))

  expect(repeated).toBe(0)
  expect(changes).toEqual([
    {
      id: '17',
      title: '17: src/unix/core.c and 2 more',
      authorId: 'u1',
      reviewerIds: ['u2', 'u3'],
      openedMs: Date.UTC(2020, 0, 1),
      landedMs: Date.UTC(2020, 0, 2),
      files: line.files,
      renames: [['old.c', 'src/unix/core.c']],
      deleted: ['gone.c'],
      lines: 3,
      filesByFolder: new Map([
        ['src', 2],
        ['root', 1],
      ]),
    },
  ])
})

test('gzip is recognised by its content, whatever the name', async () => {
  const text = asJsonLines(syntheticHistory(2000))

  expect(await read(Bun.gzipSync(text))).toEqual(await read(text))
})

test('characters of several bytes survive wherever the stream is cut', async () => {
  const lines = syntheticHistory(3000).map((each) => ({ ...each, author: `Юлія ${each.author} 🦉` }))

  const { changes } = await read(asJsonLines(lines))

  expect(changes.map(({ authorId }) => authorId)).toEqual(lines.map(({ author }) => author))
})

test('a change that was written after it landed opens when it landed; without `authored` too', async () => {
  const late = { ...line, authored: '2020-02-01T00:00:00Z' }
  const { authored: _, ...without } = { ...line, pr: '18' }

  const { changes } = await read(`${JSON.stringify(late)}\r\n\n${JSON.stringify(without)}`)

  expect(changes.map(({ openedMs, landedMs }) => landedMs - openedMs)).toEqual([0, 0])
})

test('of lines that repeat a pull request the first counts', async () => {
  const { changes, repeated } = await read(asJsonLines([line, { ...line, author: 'u9' }, { ...line, pr: '18' }]))

  expect(changes.map(({ id, authorId }) => [id, authorId])).toEqual([
    ['17', 'u1'],
    ['18', 'u1'],
  ])
  expect(repeated).toBe(1)
})

test('a limit stops reading, so that what comes after may be anything', async () => {
  const { changes } = await read(`${JSON.stringify(line)}\nnot read\n`, 1)

  expect(changes).toHaveLength(1)
})

test('a bad line is named by its number', () => {
  const good = JSON.stringify(line)

  expect(read(`${good}\n\n{"pr": `)).rejects.toThrow(/line 3: not JSON: {"pr": /)
  expect(read(`${good}\n${JSON.stringify({ ...line, author: 7 })}`)).rejects.toThrow(/line 2: author .*string/)
  expect(read(JSON.stringify({ ...line, at: 'yesterday' }))).rejects.toThrow(
    'line 1: at must be a time like 2018-11-28T05:59:01Z',
  )
  expect(read('null')).rejects.toThrow(/line 1: .*object/)
})

test('a file that is missing, empty or cut off is told', async () => {
  const whole = Bun.gzipSync(asJsonLines(syntheticHistory(2000)))

  expect(readHistory('/no/such/file', Infinity)).rejects.toThrow('There is no file /no/such/file.')
  expect(readHistory(folder, Infinity)).rejects.toThrow('There is no file')
  expect(read('\n')).rejects.toThrow('There is no change in')
  expect(read(whole.slice(0, whole.length / 2))).rejects.toThrow('cannot be read to its end')
})
