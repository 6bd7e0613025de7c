import type { Context } from '../../context.ts'
import { createReader, type Reader } from '../../infra/batch/reader.ts'
import { OwnersFiles } from './owners-files.ts'
import { findOwnersFiles, type OwnersFile } from './queries/code-owners.ts'

/** What the use cases of this feature share within a process. */
export type Owners = Pick<Context, 'db' | 'workspaceId' | 'answers'> & {
  /** For whoever decides by owners. */
  files: OwnersFiles
  stored: Reader<OwnersFile>
}

export function createOwners({ db, workspaceId, answers, batching, monotonicMs }: Context): Owners {
  return {
    db,
    workspaceId,
    answers,
    files: new OwnersFiles({ db, workspaceId, answers, monotonicMs }),
    stored: createReader((repositories) => findOwnersFiles(db, workspaceId, repositories), batching),
  }
}
