import { postForAnswer } from '../../../infra/outbound/post.ts'
import { signedHeaders } from '../../events/index.ts'
import { shorten, type Message } from '../domain/message.ts'
import type { Language, Recipient } from '../domain/notification.ts'
import type { Outlets } from '../notifications.ts'
import type { StoredChannel } from '../queries/channels.ts'
import { textsIn } from '../templates/languages.ts'
import { mattermost, slack } from './markup/chat.ts'
import { html, htmlPage } from './markup/html.ts'
import { plainText, written, type Markup } from './markup/plain.ts'
import { outcomeOfAnswer, outcomeOfError, waitOf, type SendOutcome } from './outcome.ts'

export type Delivery = {
  channel: StoredChannel
  recipient: Recipient
  language: Language
  message: Message
  /** The same each time this message is sent. */
  messageId: string
  nowMs: number
  signal: AbortSignal
}

const MOST_ITEMS = 30
/** https://core.telegram.org/bots/api#sendmessage, in characters after mark-up is read; what is written is longer. */
const MAX_TELEGRAM = 4096
/** What chats show as one message. */
const MAX_CHAT = 12_000

/** Sends one message by one channel, and tells how it went; whatever is wrong outside is told, not thrown. */
export async function deliver(outlets: Outlets, delivery: Delivery): Promise<SendOutcome> {
  try {
    switch (delivery.channel.kind) {
      case 'email':
        return await byMail(outlets, delivery)
      case 'slack':
        return await post(outlets, delivery, { text: fitted(delivery, slack, MAX_CHAT), unfurl_links: false })
      case 'mattermost':
        return await post(outlets, delivery, { text: fitted(delivery, mattermost, MAX_CHAT) })
      case 'telegram':
        return await byTelegram(outlets, delivery)
      case 'webhook':
        return await byWebhook(outlets, delivery)
    }
  } catch (error) {
    return outcomeOfError(error)
  }
}

async function byMail({ mailer }: Outlets, { channel, messageId, signal, ...rest }: Delivery): Promise<SendOutcome> {
  if (mailer === null) return { kind: 'failed', problem: 'SMTP_URL is not set' }
  const message = shortened(rest, MOST_ITEMS)
  const mail = {
    to: channel.address,
    subject: message.subject,
    text: `${written(message, plainText)}\n`,
    html: htmlPage(message),
    messageId: `<${messageId}@${mailer.domain}>`,
  }
  return mailer.send(mail, signal)
}

async function byTelegram(outlets: Outlets, delivery: Delivery): Promise<SendOutcome> {
  const { telegram } = outlets
  if (telegram === null) return { kind: 'failed', problem: 'TELEGRAM_BOT_TOKEN is not set' }
  const url = `${telegram.apiUrl.replace(/\/+$/, '')}/bot${telegram.token}/sendMessage`
  const body = {
    chat_id: delivery.channel.address,
    text: fitted(delivery, html, MAX_TELEGRAM),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  }
  // Whoever runs Tandem chose where this is.
  const answer = await answerTo(url, body, { ...delivery, allowPrivate: true, timeoutMs: outlets.timeoutMs })
  const outcome = outcomeOfAnswer(answer, delivery.nowMs)
  const afterMs = answer.status === 429 ? waitOf(retryAfterIn(answer.text), delivery.nowMs) : null
  return afterMs === null ? outcome : { kind: 'later', problem: 'it answers with status 429', afterMs }
}

/** Telegram says it in the body. */
function retryAfterIn(text: string): string | null {
  const [, seconds] = /"retry_after"\s*:\s*(\d{1,9})/.exec(text) ?? []
  return seconds ?? null
}

async function byWebhook(outlets: Outlets, delivery: Delivery): Promise<SendOutcome> {
  const { recipient, language, message, messageId, channel, nowMs } = delivery
  const body = {
    id: messageId,
    type: 'notification',
    ...(recipient.audience === 'user' ? { user_id: recipient.recipientId } : { team_name: recipient.recipientId }),
    language,
    subject: message.subject,
    items: message.sections.flatMap(({ items }) =>
      items.map((item) => ({
        kind: item.kind,
        source: item.source,
        pull_request_id: item.pullRequestId,
        pull_request_name: item.pullRequestName,
        url: item.url,
        text: item.lines.map((line) => line.map(textOf).join('')).join('\n'),
        links: item.actions,
      })),
    ),
  }
  const text = JSON.stringify(body)
  const signed = signedHeaders([channel.secret ?? ''], messageId, Math.floor(nowMs / 1000), text)
  return post(outlets, delivery, body, signed)
}

function textOf(piece: Message['footer'][number][number]): string {
  if (typeof piece === 'string') return piece
  return 'strong' in piece ? piece.strong : piece.text
}

async function post(outlets: Outlets, delivery: Delivery, body: object, headers = {}): Promise<SendOutcome> {
  const { allowPrivate, timeoutMs } = outlets
  const answer = await answerTo(delivery.channel.address, body, { ...delivery, allowPrivate, timeoutMs, headers })
  return outcomeOfAnswer(answer, delivery.nowMs)
}

type Asking = { signal: AbortSignal; allowPrivate: boolean; timeoutMs: number; headers?: Record<string, string> }

function answerTo(url: string, body: object, { headers = {}, allowPrivate, timeoutMs, signal }: Asking) {
  const options = { headers: { 'Content-Type': 'application/json', ...headers }, allowPrivate, timeoutMs, signal }
  return postForAnswer(url, JSON.stringify(body), options)
}

/** The message with as many items as there is room for. */
function fitted(delivery: Delivery, markup: Markup, room: number): string {
  for (let most = MOST_ITEMS; ; most = Math.floor(most * 0.7)) {
    const text = written(shortened(delivery, most), markup)
    if (text.length <= room || most === 0) return text
  }
}

function shortened({ message, language }: Pick<Delivery, 'message' | 'language'>, most: number): Message {
  return shorten(message, most, textsIn[language].more)
}
