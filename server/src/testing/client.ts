export type Answer<Body = any> = { status: number; headers: Headers; body: Body }

export type Client = {
  url: string
  get: (path: string, query?: Readonly<Record<string, string>>) => Promise<Answer>
  post: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>
}

/** Talks JSON to a running server. */
export function clientOf(url: string): Client {
  return {
    url,
    get: async (path, query = {}) => answerOf(await fetch(`${url}${path}?${new URLSearchParams(query).toString()}`)),
    post: async (path, body, headers = {}) =>
      answerOf(
        await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
      ),
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}
