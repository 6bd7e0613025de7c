import type { Call } from '../../infra/db/commands.ts'
import type { ChannelKind, Recipient } from './domain/notification.ts'
import type { Notifications } from './notifications.ts'
import { readPreferences } from './preferences/get-preferences.ts'
import { readTeamPreferences, requireTeam } from './preferences/get-team-preferences.ts'
import { noChannel } from './refusals.ts'
import { deliver } from './sending/deliver.ts'
import type { SendOutcome } from './sending/outcome.ts'
import { textsIn } from './templates/languages.ts'

type Deps = Pick<Notifications, 'db' | 'workspaceId' | 'outlets' | 'nowMs'>
type Wanted = { recipient: Recipient; channel: ChannelKind }

/** Sends a test by one channel now, quiet or not, and tells how it went; nothing is written down. */
export async function sendTest(deps: Deps, { input: { recipient, channel } }: Call<Wanted>): Promise<SendOutcome> {
  const { channels, language } = await mannerOf(deps, recipient)
  const found = channels.find(({ kind }) => kind === channel)
  if (found === undefined) throw noChannel(channel)
  const { test, footer } = textsIn[language]
  return deliver(deps.outlets, {
    channel: found,
    recipient,
    language,
    message: { subject: test.subject, sections: [], footer: [[test.line], [footer]] },
    messageId: crypto.randomUUID(),
    nowMs: deps.nowMs(),
    signal: new AbortController().signal,
  })
}

async function mannerOf({ db, workspaceId }: Deps, { audience, recipientId }: Recipient) {
  if (audience === 'user') {
    const { channels, manner } = await readPreferences(db, workspaceId, recipientId)
    return { channels, language: manner.language }
  }
  await requireTeam(db, workspaceId, recipientId)
  return readTeamPreferences(db, workspaceId, recipientId)
}
