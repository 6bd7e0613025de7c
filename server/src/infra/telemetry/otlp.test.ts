import { afterAll, expect, test } from 'bun:test'
import { AppError } from '../../shared/errors.ts'
import { startCollector } from '../../testing/collector.ts'
import { openTracing, type OtlpOptions } from './otlp.ts'
import { activeSpan, parseTraceparent, traceFields, traceparent } from './tracing.ts'

const collector = startCollector()
const refusing = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response(null, { status: 400 }) })
afterAll(() => Promise.all([collector.stop(), refusing.stop(true)]))

function open(options: Partial<OtlpOptions> = {}) {
  const fixed = { headers: {}, serviceName: 'tandem', serviceVersion: '1', ratio: 1, onFailure: () => undefined }
  return openTracing({ endpoint: collector.url, ...fixed, ...options })
}

test('work within work is a span below its span, at the same time as others too', async () => {
  const tracing = open()
  const under = (name: string) =>
    tracing.span(name, {}, async () => {
      await Bun.sleep(1)
      await tracing.span(`${name} inner`, { kind: 'client' }, async () => undefined)
    })
  await Promise.all([under('one'), under('two')])
  await tracing.close()

  const spans = collector.take()
  const named = (name: string) => spans.find((span) => span.name === name)
  for (const name of ['one', 'two']) {
    expect(named(`${name} inner`)).toMatchObject({ parentSpanId: named(name)!.spanId, traceId: named(name)!.traceId })
    expect(named(name)!.parentSpanId).toBe('')
  }
  expect(named('one')!.traceId).not.toBe(named('two')!.traceId)
})

test('work that fails is marked, a refusal is not', async () => {
  const tracing = open()
  const fail = (name: string, error: Error) => tracing.span(name, {}, () => Promise.reject(error)).catch(() => name)
  expect(await fail('failed', new TypeError('secret'))).toBe('failed')
  expect(await fail('refused', new AppError('conflict', 'PR_EXISTS', 'secret'))).toBe('refused')
  await tracing.close()

  const spans = collector.take()
  expect(spans.map(({ name, hasFailed, attributes }) => [name, hasFailed, attributes['error.type']])).toEqual([
    ['failed', true, 'TypeError'],
    ['refused', false, 'PR_EXISTS'],
  ])
  expect(JSON.stringify(spans)).not.toContain('secret')
})

test('what others are asked to do carries the trace along', async () => {
  const tracing = open()
  expect([activeSpan(), traceparent(), traceFields()]).toEqual([null, null, {}])
  const parent = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
  const given = await tracing.span('webhook', { parent }, async () => traceparent())
  await tracing.close()

  const [span] = collector.take()
  expect(given).toBe(`00-0af7651916cd43dd8448eb211c80319c-${span!.spanId}-01`)
})

test('whether a trace is kept is up to who began it', async () => {
  const [all, none] = [open(), open({ ratio: 0 })]
  const kept = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')!
  const dropped = { ...kept, traceFlags: 0 }
  const answers = [all, none].map((tracing) => [null, kept, dropped].map(tracing.keeps))
  await Promise.all([all.close(), none.close()])

  expect(answers).toEqual([
    [true, true, false],
    [false, true, false],
  ])
})

test('a trace that is decided to be kept is kept, however few are', async () => {
  const tracing = open({ ratio: 0 })
  await tracing.span('dropped', { parent: null }, async () => undefined)
  await tracing.span('kept', { parent: null, isKept: true }, () => tracing.span('inner', {}, async () => undefined))
  await tracing.close()

  expect(collector.take().map(({ name }) => name)).toEqual(['inner', 'kept'])
})

test('a collector that refuses is told of once', async () => {
  const failures: string[] = []
  const tracing = open({ endpoint: refusing.url.href, onFailure: ({ message }) => failures.push(message) })
  await tracing.span('lost', {}, async () => undefined)
  await tracing.close()

  expect(failures).toHaveLength(1)
})

test.each([
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331',
  '',
])('the traceparent %j says nothing', (text) => {
  expect(parseTraceparent(text)).toBeNull()
})

test('a traceparent of a later version is read as far as it is known', () => {
  expect(parseTraceparent('01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more')).toMatchObject({
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
  })
})
