import { CommandError } from '../terminal/command.ts'

export type Sent = { read: number; imported: number; known: number }

type Answer = Partial<Sent> & { done?: boolean; error?: { code: string; message: string } }

const NDJSON = 'application/x-ndjson'

/** Sends the lines in one request, read no faster than Tandem takes them in. */
export async function sendHistory(url: string, repository: string, lines: AsyncIterable<object>): Promise<Sent> {
  const answer = lastOf(await post(`${url}/history/import?${new URLSearchParams({ repository }).toString()}`, lines))
  if (answer?.error !== undefined) {
    throw new CommandError(`POST /history/import answered ${answer.error.code}: ${answer.error.message}`)
  }
  if (answer?.done !== true) throw brokenOff(url)
  const { read = 0, imported = 0, known = 0 } = answer
  return { read, imported, known }
}

async function post(url: string, lines: AsyncIterable<object>): Promise<string> {
  const source = lines[Symbol.asyncIterator]()
  let failure: Error | undefined
  const body = bodyOf(source, (error) => {
    failure = error
  })
  try {
    const headers = { 'Content-Type': NDJSON, Accept: NDJSON }
    return await (await fetch(url, { method: 'POST', headers, body })).text()
  } catch {
    throw failure ?? brokenOff(new URL(url).origin)
  } finally {
    // Tandem may have refused before the end.
    await source.return?.(undefined)
  }
}

function bodyOf(source: AsyncIterator<object>, onFailure: (error: Error) => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = (await source.next()) as { done: boolean; value?: object }
        if (done) controller.close()
        else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
      } catch (error) {
        onFailure(error as Error)
        controller.error(error)
      }
    },
  })
}

function lastOf(text: string): Answer | null {
  try {
    return JSON.parse(text.trimEnd().split('\n').at(-1)!) as Answer
  } catch {
    return null
  }
}

function brokenOff(url: string): CommandError {
  return new CommandError(
    `Tandem at ${url} stopped answering. Run the same command again: what is imported already is left as it is.`,
  )
}
