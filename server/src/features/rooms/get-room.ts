import type { Actor } from '../../shared/actor.ts'
import { unknownRoom } from './refusals.ts'
import type { Rooms } from './rooms.ts'

export type Room = { room: string; lastNumber: number; present: readonly string[] }

export async function getRoom(
  { places, crowd }: Pick<Rooms, 'places' | 'crowd'>,
  _actor: Actor,
  { room }: { room: string },
): Promise<Room> {
  const lastNumber = await places.submit(room)
  if (lastNumber === undefined) throw unknownRoom(room)
  return { room, lastNumber, present: crowd.present(room) }
}
