import type { Context } from 'hono'
import type { Api, ApiEnv } from '../../../infra/http/api.ts'
import type { Language } from '../domain/notification.ts'
import { followLink, showLink, type LinkAnswer } from '../links/follow-link.ts'
import { linkPage, pageHeaders } from '../links/link-page.ts'
import type { Notifications } from '../notifications.ts'

/** Pages for people, behind the links in messages. */
export function addLinkRoutes(api: Api, notifications: Notifications): void {
  api.get('/link', async (c) => answer(c, await showLink(notifications, c.env.actor, askedBy(c))))
  api.post('/link', async (c) => answer(c, await followLink(notifications, c.env.actor, askedBy(c))))
}

function askedBy(c: Context<ApiEnv>): { token: string; language: Language } {
  const spoken = c.req.header('Accept-Language') ?? ''
  return { token: c.req.query('token') ?? '', language: /^ru\b/i.test(spoken) ? 'ru' : 'en' }
}

function answer(c: Context<ApiEnv>, { status, page, language, token }: LinkAnswer): Response {
  return c.body(linkPage(page, language, token), status, pageHeaders)
}
