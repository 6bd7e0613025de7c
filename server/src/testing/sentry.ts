export type SentEvent = {
  level: string
  release: string
  environment: string
  tags: Readonly<Record<string, string>>
  extra: Readonly<Record<string, unknown>>
  exception: { values: { type: string; value: string; stacktrace?: { frames: { filename: string }[] } }[] }
}

export type SentrySink = {
  dsn: string
  events: () => SentEvent[]
  /** Everything that was sent, as text. */
  sent: () => string
  stop: () => Promise<void>
}

/** Takes envelopes as a Sentry does: https://develop.sentry.dev/sdk/data-model/envelopes/ */
export function startSentrySink(): SentrySink {
  const bodies: string[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname !== '/api/42/envelope/') return new Response(null, { status: 404 })
      bodies.push(await request.text())
      return Response.json({})
    },
  })
  return {
    dsn: `http://key@127.0.0.1:${server.port}/42`,
    events: () => bodies.flatMap(eventsOf),
    sent: () => bodies.join('\n'),
    stop: () => server.stop(true),
  }
}

/** An envelope is lines: its header, then for each item a header and what is in it. */
function eventsOf(envelope: string): SentEvent[] {
  const [, ...items] = envelope.split('\n').filter((line) => line !== '')
  return items.flatMap((line, index) =>
    index % 2 === 0 && (JSON.parse(line) as { type: string }).type === 'event'
      ? [JSON.parse(items[index + 1]!) as SentEvent]
      : [],
  )
}
