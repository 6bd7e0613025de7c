export { addRoomMetrics } from './figures.ts'
export { createRooms, type RoomOptions, type Rooms } from './rooms.ts'
export { addRoomRoutes } from './routes.ts'
export { acceptChat } from './routes/chat.ts'
