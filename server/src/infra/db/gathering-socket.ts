import { Socket } from 'node:net'

type Chunk = { chunk: unknown; encoding: BufferEncoding }

/** A socket that sends the messages of a query, which the driver corks, by one system call instead of one each. */
export class GatheringSocket extends Socket {
  override _writev(chunks: Chunk[], callback: (error?: Error | null) => void): void {
    const buffers = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk as Buffer),
    )
    this._write(Buffer.concat(buffers), 'buffer' as BufferEncoding, callback)
  }
}
