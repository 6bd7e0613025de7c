import type { Client } from './client.ts'

export type TeamShape = { name: string; members: readonly (string | { id: string; isActive: boolean })[] }

/** Adds a team through the API; members are active unless said otherwise. */
export async function aTeam(client: Client, { name, members }: TeamShape): Promise<void> {
  const people = members.map((member) => (typeof member === 'string' ? { id: member, isActive: true } : member))
  const answer = await client.post('/team/add', {
    team_name: name,
    members: people.map(({ id, isActive }) => ({ user_id: id, username: `Name of ${id}`, is_active: isActive })),
  })
  if (answer.status !== 201) throw new Error(`team/add answered ${answer.status}: ${JSON.stringify(answer.body)}`)
}

export function aPullRequest({ id, author }: { id: string; author: string }) {
  return { pull_request_id: id, pull_request_name: `Change ${id}`, author_id: author }
}

/** `prefix1` … `prefixN`, so that they sort as they count. */
export function ids(prefix: string, count: number): string[] {
  const digits = String(count).length
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(digits, '0')}`)
}
