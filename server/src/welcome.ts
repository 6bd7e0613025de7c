import type { Context } from 'hono'
import packageJson from '../package.json' with { type: 'json' }
import type { Api } from './infra/http/api.ts'

const SUMMARY = 'Who reviews this pull request? Balanced, explainable, replayable reviewer assignment.'

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Tandem</title>
  <style>
    body { font: 17px/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; color: #1c2733; background: #fbfaf7 }
    h1 { font-size: 2.4rem; margin: 0 }
    a { color: #0b6e5f }
    li { margin: .3rem 0 }
    @media (prefers-color-scheme: dark) { body { color: #e4e8ec; background: #14191f } a { color: #5fd0bd } }
  </style>
</head>
<body>
  <h1>Tandem</h1>
  <p>${SUMMARY}</p>
  <ul>
    <li><a href="/docs">Interactive API documentation</a></li>
    <li><a href="/openapi.json">OpenAPI 3.1 document</a></li>
    <li><a href="/stats/get">Statistics</a>: who was given how many reviews, and how evenly</li>
    <li><a href="/readyz">Readiness</a></li>
  </ul>
  <p><small>Version ${packageJson.version}</small></p>
</body>
</html>
`

/** `/`: a page for people, JSON for programs. */
export function welcome(c: Context): Response {
  if (c.req.header('Accept')?.includes('text/html')) return c.html(PAGE)
  return c.json({
    name: 'Tandem',
    version: packageJson.version,
    summary: SUMMARY,
    docs: '/docs',
    openapi: '/openapi.json',
  })
}

export function openApiDocument(api: Api): object {
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tandem',
      version: packageJson.version,
      description: SUMMARY,
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT' },
    },
    tags: [
      { name: 'Teams', description: 'Teams, their members and how their reviewers are chosen' },
      { name: 'Users', description: 'People and what they review' },
      { name: 'Pull requests', description: 'Opening, reassigning, merging' },
      { name: 'Decisions', description: 'Why somebody was chosen, and why somebody was not' },
      { name: 'Statistics', description: 'Load and fairness' },
    ],
  })
}
