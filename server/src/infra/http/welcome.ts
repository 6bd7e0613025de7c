import type { Api } from './api.ts'

export type Welcome = { name: string; version: string; summary: string }

/** `/`: a page for people, JSON for programs. */
export function addWelcome(api: Api, welcome: Welcome): void {
  const page = pageOf(welcome)
  api.get('/', (c) => {
    if (c.req.header('Accept')?.includes('text/html') === true) return c.html(page)
    return c.json({ ...welcome, docs: '/docs', openapi: '/openapi.json' })
  })
}

function pageOf({ name, version, summary }: Welcome): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${name}</title>
  <style>
    body { font: 17px/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; color: #1c2733; background: #fbfaf7 }
    h1 { font-size: 2.4rem; margin: 0 }
    a { color: #0b6e5f }
    li { margin: .3rem 0 }
    @media (prefers-color-scheme: dark) { body { color: #e4e8ec; background: #14191f } a { color: #5fd0bd } }
  </style>
</head>
<body>
  <h1>${name}</h1>
  <p>${summary}</p>
  <ul>
    <li><a href="/docs">Interactive API documentation</a></li>
    <li><a href="/openapi.json">OpenAPI 3.1 document</a></li>
    <li><a href="/stats/get">Statistics</a>: who was given how many reviews, and how evenly</li>
    <li><a href="/readyz">Readiness</a></li>
  </ul>
  <p><small>Version ${version}</small></p>
</body>
</html>
`
}
