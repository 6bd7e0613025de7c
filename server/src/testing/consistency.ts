import { until } from './change-feed.ts'
import type { Client } from './client.ts'

export type Question = readonly [path: string, field: string, value: string]
/** What a load is about, growing with it. */
export type World = { people: string[]; teams: string[]; pullRequests: string[] }
type Show = (client: Client, question: Question, headers?: Record<string, string>) => Promise<any>

export const NO_CACHE = { 'Cache-Control': 'no-cache' }

export const about = {
  team: (name: string): Question => ['/team/get', 'team_name', name],
  user: (id: string): Question => ['/users/get', 'user_id', id],
  reviewsOf: (id: string): Question => ['/users/getReview', 'user_id', id],
  pullRequest: (id: string): Question => ['/pullRequest/get', 'pull_request_id', id],
}

export function ask(client: Client, [path, field, value]: Question, headers = {}, method = 'GET'): Promise<Response> {
  return fetch(`${client.url}${path}?${field}=${encodeURIComponent(value)}`, { headers, method })
}

/** Of all questions those to which `client` answers anything else than the database; `truth` is who asks it. */
export async function staleAt(client: Client, truth: Client, world: World, show: Show): Promise<unknown[]> {
  const { people, teams, pullRequests } = world
  const stale: unknown[] = []
  const latest = pullRequests.slice(-300).map(about.pullRequest)
  const waiting = [...teams.map(about.team), ...people.map(about.user), ...people.map(about.reviewsOf), ...latest]
  async function compare(): Promise<void> {
    for (let question = waiting.pop(); question !== undefined; question = waiting.pop()) {
      const shown = await show(client, question)
      const expected = await show(truth, question, NO_CACHE)
      if (!Bun.deepEquals(shown, expected)) stale.push({ question, shown, expected })
    }
  }
  await Promise.all(Array.from({ length: 16 }, compare))
  return stale
}

/** A figure of `/metrics`. */
export async function figure(client: Client, name: string): Promise<number> {
  const text = await (await fetch(`${client.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)![1])
}

export async function isCurrent(client: Client): Promise<boolean> {
  return (await figure(client, 'tandem_cache_bypassed')) === 0
}

export async function untilCurrent(...clients: readonly Client[]): Promise<void> {
  for (const client of clients) await until(() => isCurrent(client))
}
