import type { Logger } from '../telemetry/logger.ts'
import {
  gone,
  goodbye,
  heartbeat,
  heartbeatTime,
  isFrom,
  type Message,
  readMessage,
  type Told,
} from './feed-message.ts'
import { createOutbox } from './outbox.ts'
import { createPeers } from './peers.ts'

export type Channel = {
  /**
   * Sends to every subscriber of this database, this process included, in the order of the calls. Rejects when it may not have been
   * sent, and then the connection counts as broken.
   */
  publish: (messages: readonly Message[]) => Promise<void>
  /** Gives the connection up for broken and makes a new one. */
  reconnect: (error: Error) => void
  close: () => void
}

export type ChannelEvents = {
  onMessage: (text: string) => void
  /** From here on every message arrives, until `onDown`. */
  onUp: () => void
  /** Also after every attempt to connect that failed. */
  onDown: (error: Error) => void
}

export type OpenChannel = (events: ChannelEvents) => Channel

export type ChangeFeed = {
  /** Tells the other processes; null stands for all keys. Never waits, never throws. */
  publish: (keys: readonly string[] | null) => void
  /** Hands over to the channel now what `publish` has collected. */
  flush: () => void
  /** Whether everything that other processes published until `maxLagMs` ago has arrived here. */
  isCurrent: () => boolean
  /** Says goodbye first. */
  close: () => Promise<void>
}

export type FeedHandlers = {
  onChanged: (keys: readonly string[], sender: string) => void
  /** Changes may have been missed, nobody knows which. */
  onLost: () => void
  /** Others are heard from here on, and what is published is told. */
  onUp?: () => void
  /** Another process has ended, or seems to. */
  onGone?: (sender: string) => void
  log: Logger
}

export type FeedOptions = {
  heartbeatMs?: number
  maxLagMs?: number
  /** After so long without a word another process counts as dead. */
  peerSilentMs?: number
  /** After so many heartbeats without an answer the connection counts as dead. */
  maxUnanswered?: number
  /** With more keys than these to tell, it says `all` instead. */
  maxWaitingKeys?: number
}

/** Under load changes are gathered for so long; a lone one is told at once. */
const TELL_EVERY_MS = 10
const GOODBYE_WITHIN_MS = 500

/**
 * Tells the other processes which answers have changed, and hears it from them. Its own heartbeats come back on the same
 * channel: because a channel keeps the order, one that came back proves that all published before it was sent has
 * arrived, and that bounds what a slow, broken or half-open connection can hide.
 */
export function openChangeFeed(open: OpenChannel, handlers: FeedHandlers, options: FeedOptions = {}): ChangeFeed {
  const {
    heartbeatMs = 500,
    maxLagMs = 2000,
    peerSilentMs = 3000,
    maxUnanswered = 10,
    maxWaitingKeys = 10_000,
  } = options
  const self = crypto.randomUUID()
  const { onChanged, onLost, onUp: onBegin, onGone, log } = handlers
  const outbox = createOutbox(self, maxWaitingKeys)
  const peers = createPeers(peerSilentMs)

  let state: 'new' | 'up' | 'down' | 'closed' = 'new'
  let upAt = 0
  /** When the newest heartbeat that came back was sent. */
  let provenAt = Number.NEGATIVE_INFINITY
  let unanswered = 0
  let inFlight = 0
  let isResting = false
  let lastSent: Promise<void> = Promise.resolve()

  const channel = open({ onMessage, onUp, onDown })
  const timer = setInterval(beat, heartbeatMs)
  timer.unref()

  function onUp(): void {
    if (state === 'down') log.info({}, 'hears again what other processes change')
    state = 'up'
    upAt = performance.now()
    unanswered = 0
    peers.startAgain(upAt)
    // What was read before this moment may miss a change that was told before it.
    onLost()
    onBegin?.()
    flush()
    beat()
  }

  function onDown(error: Error): void {
    if (state === 'closed') return
    if (state !== 'down') log.warn({ err: error }, 'cannot hear what other processes change; connecting again')
    const wasUp = state === 'up'
    state = 'down'
    provenAt = Number.NEGATIVE_INFINITY
    if (wasUp) onLost()
  }

  function onMessage(text: string): void {
    if (isFrom(self, text)) return onOwnHeartbeat(heartbeatTime(self, text) ?? Number.NEGATIVE_INFINITY)
    const { sender, told } = readMessage(text)
    // Somebody new needs nothing: this process was subscribed already, so all that the newcomer has told was heard.
    peers.heard(sender, performance.now())
    act(sender, told)
  }

  function act(sender: string, told: Told): void {
    if (told.kind === 'changed') onChanged(told.keys, sender)
    else if (told.kind === 'all') onLost()
    else if (told.kind === 'goodbye') forget(sender)
    else if (told.kind === 'gone' && forget(told.id)) onLost()
  }

  function forget(peer: string): boolean {
    const wasKnown = peers.forget(peer)
    onGone?.(peer)
    return wasKnown
  }

  function onOwnHeartbeat(sentAt: number): void {
    if (state !== 'up' || sentAt < upAt) return
    provenAt = sentAt
    unanswered = 0
    for (const peer of peers.takeSilent(sentAt)) {
      // It may have died after a commit of which it had not told yet.
      log.warn({ peer }, 'another process fell silent without a goodbye: what it told last may be missing')
      send([gone(self, peer)])
      onGone?.(peer)
      onLost()
    }
  }

  function beat(): void {
    if (state !== 'up') return
    // Counted in heartbeats and not in time: while this process was held up itself it asked nothing.
    if (unanswered >= maxUnanswered) return channel.reconnect(new Error(`${unanswered} heartbeats were not answered`))
    unanswered++
    send([heartbeat(self, performance.now())])
  }

  function flush(): void {
    if (state !== 'up') return
    const messages = outbox.take()
    if (messages.length > 0) send(messages)
  }

  /** What could not be sent waits to be sent again: to hear of a change twice does no harm. */
  function send(messages: readonly Message[]): void {
    inFlight++
    lastSent = channel.publish(messages).then(
      () => {
        inFlight--
        flushWhenIdle()
      },
      () => {
        inFlight--
        for (const { changed } of messages) outbox.add(changed)
        flushWhenIdle()
      },
    )
  }

  function flushWhenIdle(): void {
    if (inFlight > 0 || isResting || outbox.isEmpty()) return
    isResting = true
    setTimeout(() => {
      isResting = false
      flushWhenIdle()
    }, TELL_EVERY_MS)
    flush()
  }

  return {
    publish(keys) {
      outbox.add(keys)
      queueMicrotask(flushWhenIdle)
    },
    flush,
    isCurrent: () => performance.now() - provenAt <= maxLagMs,
    async close() {
      clearInterval(timer)
      flush()
      if (state === 'up') send([goodbye(self)])
      await Promise.race([lastSent, Bun.sleep(GOODBYE_WITHIN_MS)])
      state = 'closed'
      provenAt = Number.NEGATIVE_INFINITY
      channel.close()
    },
  }
}
