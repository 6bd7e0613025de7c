import { topic, type Finding } from './finding.ts'

const ANSWER_WITHIN_MS = 3000

/** Where traces and error reports go: whether somebody answers there, whatever they say. Tandem runs without them, too. */
export async function examineEndpoint(about: string, setting: string, url: string | undefined): Promise<Finding[]> {
  const place = topic(about)
  if (url === undefined) return [place.ok('not used')]
  const { origin } = new URL(url)
  try {
    const response = await fetch(origin, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), redirect: 'manual' })
    await response.body?.cancel()
    return [place.ok(`somebody answers at ${origin}`)]
  } catch (error) {
    const { message } = error as Error
    return [place.warning(`nobody answers at ${origin}: ${message}`, `Correct ${setting}, or start what is there.`)]
  }
}
