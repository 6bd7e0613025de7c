import { AppError } from '../../shared/errors.ts'
import type { ChannelKind } from './domain/notification.ts'

export function notSetUp(kind: ChannelKind, setting: string): AppError {
  return new AppError('conflict', 'CHANNEL_NOT_SET_UP', `Nothing can be sent by ${kind} here: ${setting} is not set.`)
}

export function noAddress(kind: ChannelKind): AppError {
  return new AppError('invalid', 'INVALID_REQUEST', `channels: give the address of ${kind}; none is known.`)
}

export function noChannel(kind: ChannelKind): AppError {
  return new AppError('not_found', 'NOT_FOUND', `There is no channel ${kind}.`)
}
