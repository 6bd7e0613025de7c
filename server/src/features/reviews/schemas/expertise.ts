import { z } from '../../../infra/http/schemas.ts'

export const ExpertiseStatusQuery = z.strictObject({})

export const ExpertiseStatusSchema = z
  .object({
    state: z.enum(['unneeded', 'loading', 'current']).openapi({
      description:
        '`unneeded`: no team goes by it; `loading`: decisions are made on what was read so far; `current`: all of the last two years.',
      example: 'current',
    }),
    changes: z.int().openapi({ description: 'Changes it has learned.', example: 11_545 }),
    places: z.int().openapi({ description: 'Files and directories somebody knows.', example: 8_311 }),
    people: z.int().openapi({ description: 'People who know any.', example: 412 }),
  })
  .openapi('ExpertiseStatus')
